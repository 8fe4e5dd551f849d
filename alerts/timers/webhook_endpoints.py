"""Webhook endpoints: what failed for days is disabled and told of, what is left open is sealed."""

from datetime import datetime, timedelta

from alerts import standing
from alerts import store as alert_store
from alerts.rules.compiled import RuleInForce
from alerts.standing import Ending
from alerts.store import NewAlert
from alerts.webhooks import outbox
from alerts.webhooks.endpoints import disable_failing
from alerts.webhooks.event_types import DISABLED_EVENT_TYPE
from alerts.webhooks.failing import store
from alerts.webhooks.failing.store import FailingEndpoint
from alerts.webhooks.sealing.keyring import Keyring
from alerts.webhooks.sealing.rekey import seal_plain
from alerts.webhooks.sealing.store import forget_previous_secrets
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import format_rfc3339, from_us, to_us

RULE_CODE = "S01"


def run_once(
    connection: Connection, now_us: int, *, keyring: Keyring | None, disable_after_s: int
) -> int:
    """Look after all endpoints as of ``now_us``; return how many things were done.

    Does nothing where another process does this right now.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_WEBHOOK_ENDPOINTS):
        return 0
    now = from_us(now_us)
    sealed = seal_plain(connection, keyring) if keyring else 0
    forgotten = forget_previous_secrets(connection, now)
    failing = store.lock_failing(connection, timedelta(seconds=disable_after_s))
    for endpoint_id, since in failing:
        disable_failing(connection, endpoint_id, since, now)
    return sealed + forgotten + len(failing) + _tell(connection, disable_after_s, now)


def _tell(connection: Connection, disable_after_s: int, now: datetime) -> int:
    """Open and resolve alerts about endpoints that nobody decided to disable; return how many."""
    rules = [r for r in alert_store.select_rules(connection) if r.definition.code == RULE_CODE]
    if not rules:
        return 0
    untold = store.select_untold(connection, RULE_CODE)
    alerts = [_alert(rules[0], endpoint, disable_after_s) for endpoint in untold]
    standing.open_alerts(connection, alerts, now)
    severity = rules[0].definition.severity
    messages = [
        outbox.endpoint_message(
            DISABLED_EVENT_TYPE,
            _facts(endpoint),
            seq=outbox.next_endpoint_seq(connection, endpoint.endpoint_id),
            severity=severity,
            now=now,
        )
        for endpoint in untold
    ]
    outbox.put(connection, messages, now)
    if messages:
        outbox.wake(connection)
    over = store.select_over(connection, RULE_CODE)
    standing.resolve_alerts(connection, [Ending(number, now) for number in over], now)
    return len(untold) + len(over)


def _facts(endpoint: FailingEndpoint) -> dict[str, str | int | None]:
    since = endpoint.failing_since
    return {
        "endpoint_id": endpoint.endpoint_id,
        "endpoint": endpoint.url_shown,
        "description": endpoint.description,
        "reason": endpoint.reason,
        "failing_since": None if since is None else format_rfc3339(to_us(since)),
        "url": f"/api/v1/webhooks/{endpoint.endpoint_id}",
    }


def _alert(rule: RuleInForce, endpoint: FailingEndpoint, disable_after_s: int) -> NewAlert:
    started_at = endpoint.failing_since or endpoint.disabled_at
    failed_s = (endpoint.disabled_at - started_at).total_seconds()
    return NewAlert(
        dedup_key=f"{RULE_CODE}:endpoint:{endpoint.endpoint_id}",
        rule_id=rule.rule_id,
        rule_code=RULE_CODE,
        severity=rule.definition.severity,
        device_id=None,
        gateway_id=None,
        trap_id=None,
        restaurant_id=None,
        town_id=None,
        metric=None,
        started_at=started_at,
        fired_at=endpoint.disabled_at,
        ended_at=None,
        value=failed_s,
        peak_value=failed_s,
        threshold={"failing_s": disable_after_s},
        seq=1,
        relapse_count=0,
        is_notified=True,
        suppressed_by=None,
        evidence=_facts(endpoint),
    )
