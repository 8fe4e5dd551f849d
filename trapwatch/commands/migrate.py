"""`trapwatch migrate`: bring the database to this version's schema and rule catalogue."""

import sys

from core.errors import TrapwatchError
from trapwatch.commands.process import load_settings


def migrate() -> None:
    """Apply the migrations that are missing, then the rule catalogue; safe to repeat.

    Webhook secrets that an earlier version stored in plain text are sealed if there is a key.
    """
    from alerts.seed import seed_rules
    from alerts.webhooks.protection import protection_of
    from alerts.webhooks.sealing.rekey import seal_plain
    from core.clock import SystemClock
    from core.db import connect
    from migrations.runner import migrate as apply_migrations

    settings = load_settings()
    url = settings.database.url.get_secret_value()
    try:
        keyring = protection_of(settings.webhooks).keyring
        applied = apply_migrations(url, lambda name: print(f"applying {name}"))
        with connect(url, "trapwatch-migrate") as connection:
            seeded = seed_rules(connection, SystemClock().now())
            sealed = 0 if keyring is None else seal_plain(connection, keyring)
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    if sealed:
        print(f"secrets of {sealed} webhook endpoints sealed")
    print(f"{len(applied)} migrations applied, {seeded} rules seeded")
