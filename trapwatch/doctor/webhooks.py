"""Checks of webhooks: are secrets sealed, can they be opened, does anybody fail?"""

from collections.abc import Iterator

from alerts.webhooks.failing.store import count_endpoints
from alerts.webhooks.protection import Protection
from alerts.webhooks.sealing.keyring import is_sealed, key_id_of
from alerts.webhooks.sealing.store import select_secrets
from core.db import Connection
from trapwatch.doctor.finding import Finding, Verdict, judge


def check(connection: Connection, protection: Protection) -> Iterator[Finding]:
    """Yield one finding a check; reads only."""
    stored = select_secrets(connection)
    keyring = protection.keyring
    if keyring is None:
        yield Finding(
            "webhook key", Verdict.FAILURE if stored else Verdict.WARNING,
            f"none; {len(stored)} endpoints",
            "set TRAPWATCH_WEBHOOKS__SECRET_KEY (`openssl rand -base64 32`) for api, alerts and "
            "migrate: without it no endpoint can be added, and none that is sealed is sent to",
        )  # fmt: skip
    else:
        plain = sum(not all(map(is_sealed, one.values)) for one in stored)
        yield judge(
            "webhook secrets", not plain, f"{plain} of {len(stored)} endpoints in plain text",
            "trapwatch webhooks rekey", Verdict.FAILURE,
        )  # fmt: skip
        used = {key_id_of(v) for one in stored for v in one.values if is_sealed(v)}
        missing = sorted(used - keyring.ids)
        yield judge(
            "webhook keys", not missing,
            f"sealed with keys that are missing: {', '.join(missing)}" if missing
            else f"{len(used)} in use, {len(used - {keyring.first_id})} of them old",
            "put the old keys back behind the first in TRAPWATCH_WEBHOOKS__SECRET_KEY",
            Verdict.FAILURE,
        )  # fmt: skip
    counts = count_endpoints(connection)
    failing = counts.get("failing", 0)
    yield judge(
        "webhook endpoints", not failing,
        f"{counts.get('active', 0)} active, {failing} of them failing",
        "GET /api/v1/webhooks: look at failing_since, then at the attempts", Verdict.WARNING,
    )  # fmt: skip
