"""Alerts that a timer opens and resolves by itself, without a machine on a series.

The same rows, history, audit and messages as the engine's episodes have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import store
from alerts.evidence import audit
from alerts.evidence.audit import AuditEvent
from alerts.store import NewAlert
from alerts.webhooks import outbox
from alerts.webhooks.outbox import AlertNotice
from core.db import Connection

SYSTEM = "system"
_FIRED_SEQ = 1


@dataclass(frozen=True, slots=True)
class Ending:
    """A standing alert that is over: its last stored event, and the event time of the end."""

    alert_id: int
    seq: int
    ended_at: datetime


def open_alerts(connection: Connection, alerts: Sequence[NewAlert], now: datetime) -> None:
    """Open alerts (seq 1, told at once) and put out their messages."""
    if not alerts:
        return
    numbers = store.insert_alerts(connection, alerts, now)
    pairs = list(zip(numbers, alerts, strict=True))
    store.insert_alert_events(
        connection, [(n, _FIRED_SEQ, "fired", alert.fired_at, {}) for n, alert in pairs], now
    )
    audit.record_all(
        connection,
        [
            AuditEvent(now, SYSTEM, "alert.fired", "alert", str(n), {"key": alert.dedup_key})
            for n, alert in pairs
        ],
    )
    _tell(connection, [AlertNotice("alert.fired", n, _FIRED_SEQ) for n in numbers], now)


def resolve_alerts(connection: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """Resolve open alerts and put out their messages."""
    if not endings:
        return
    store.resolve_alerts(connection, endings, now)
    store.insert_alert_events(
        connection, [(e.alert_id, e.seq + 1, "resolved", e.ended_at, {}) for e in endings], now
    )
    audit.record_all(
        connection,
        [AuditEvent(now, SYSTEM, "alert.resolved", "alert", str(e.alert_id), {}) for e in endings],
    )
    _tell(connection, [AlertNotice("alert.resolved", e.alert_id, e.seq + 1) for e in endings], now)


def _tell(connection: Connection, notices: Sequence[AlertNotice], now: datetime) -> None:
    facts = store.select_alert_facts(connection, [notice.alert_id for notice in notices])
    outbox.put(connection, outbox.alert_messages(notices, facts, now), now)
    outbox.wake(connection)
