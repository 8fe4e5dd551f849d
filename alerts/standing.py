"""Alerts that a timer opens and resolves by itself, without a machine on a series.

The same rows, history, audit and messages as the engine's episodes have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import store
from alerts.evidence import audit
from alerts.evidence.audit import AuditEvent
from alerts.machines.store import lock_alerts
from alerts.store import NewAlert
from alerts.suppression.model import suppressor_of
from alerts.suppression.store import select_suppressions, select_targets
from alerts.webhooks import outbox
from alerts.webhooks.outbox import AlertNotice
from core.db import Connection
from core.instant import to_us

SYSTEM = "system"
_FIRED_SEQ = 1


@dataclass(frozen=True, slots=True)
class Ending:
    """A standing alert that is over, and the event time of the end."""

    alert_id: int
    ended_at: datetime


def open_alerts(connection: Connection, alerts: Sequence[NewAlert], now: datetime) -> None:
    """Open alerts (seq 1) and put out their messages, but for what people have silenced."""
    if not alerts:
        return
    numbers = store.insert_alerts(connection, alerts, now)
    pairs = list(zip(numbers, alerts, strict=True))
    reasons = _reasons(connection, numbers, now)
    if reasons:
        store.withhold_alerts(connection, reasons)
    store.insert_alert_events(
        connection, [(n, _FIRED_SEQ, "fired", alert.fired_at, {}) for n, alert in pairs], now
    )
    audit.record_all(
        connection,
        [
            AuditEvent(
                now, SYSTEM, "alert.fired", "alert", str(n),
                {"key": alert.dedup_key, "suppressed_by": reasons.get(n)},
            )
            for n, alert in pairs
        ],
    )  # fmt: skip
    notices = [AlertNotice("alert.fired", n, _FIRED_SEQ) for n in numbers if n not in reasons]
    _tell(connection, notices, now)


def release_alerts(connection: Connection, alert_ids: Sequence[int], now: datetime) -> int:
    """Tell late of withheld alerts that are still open; return how many."""
    if not alert_ids:
        return 0
    lock_alerts(connection, alert_ids)  # in order of their numbers, as everybody locks them
    released = store.release_alerts(connection, alert_ids, now)
    if not released:
        return 0
    store.insert_alert_events(
        connection, [(number, seq, "notified", now, {}) for number, seq in released], now
    )
    audit.record_all(
        connection,
        [AuditEvent(now, SYSTEM, "alert.notified", "alert", str(n), {}) for n, _ in released],
    )
    notices = [AlertNotice("alert.fired", n, seq, is_delayed=True) for n, seq in released]
    _tell(connection, notices, now)
    return len(released)


def resolve_alerts(connection: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """Resolve open alerts; the end is told to whoever was told of the beginning."""
    if not endings:
        return
    lock_alerts(connection, [ending.alert_id for ending in endings])
    ended = store.resolve_alerts(connection, endings, now)
    if not ended:
        return
    store.insert_alert_events(
        connection, [(e.alert_id, e.seq, "resolved", e.ended_at, {}) for e in ended], now
    )
    audit.record_all(
        connection,
        [AuditEvent(now, SYSTEM, "alert.resolved", "alert", str(e.alert_id), {}) for e in ended],
    )
    notices = [AlertNotice("alert.resolved", e.alert_id, e.seq) for e in ended if e.was_told]
    _tell(connection, notices, now)


def _reasons(connection: Connection, alert_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """Return what keeps alerts from being told, for those that are kept."""
    suppressions = select_suppressions(connection, now)
    if not suppressions:
        return {}
    targets = select_targets(connection, alert_ids)
    found = {n: suppressor_of(target, to_us(now), suppressions) for n, target in targets.items()}
    return {number: reason for number, reason in found.items() if reason is not None}


def _tell(connection: Connection, notices: Sequence[AlertNotice], now: datetime) -> None:
    if not notices:
        return
    facts = store.select_alert_facts(connection, [notice.alert_id for notice in notices])
    outbox.put(connection, outbox.alert_messages(notices, facts, now), now)
    outbox.wake(connection)
