"""Alerts that a timer opens and resolves by itself, without a machine on a series.

The same rows, history, audit and messages as the engine's episodes have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts import store
from alerts.evidence import audit
from alerts.evidence.model import AuditEvent
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


@dataclass(frozen=True, slots=True)
class Closing:
    """An alert that nobody watches any more: up to when it was judged, and why it ends."""

    alert_id: int
    ended_at: datetime
    reason: str


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
    tell(connection, notices, now)


def release_alerts(connection: Connection, alert_ids: Sequence[int], now: datetime) -> int:
    """Tell late of withheld alerts that are still open; return how many."""
    if not alert_ids:
        return 0
    lock_alerts(connection, alert_ids)  # in order of their numbers, as everybody locks them
    released = store.release_alerts(connection, alert_ids, now)
    if not released:
        return 0
    _record(connection, "notified", [(number, seq, now, {}) for number, seq in released], now)
    notices = [AlertNotice("alert.fired", n, seq, is_delayed=True) for n, seq in released]
    tell(connection, notices, now)
    return len(released)


def resolve_alerts(connection: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """Resolve open alerts; the end is told to whoever was told of the beginning."""
    if not endings:
        return
    lock_alerts(connection, [ending.alert_id for ending in endings])
    ended = store.resolve_alerts(connection, endings, now)
    _record(connection, "resolved", [(e.alert_id, e.seq, e.ended_at, {}) for e in ended], now)
    notices = [AlertNotice("alert.resolved", e.alert_id, e.seq) for e in ended if e.was_told]
    tell(connection, notices, now)


def close_alerts(connection: Connection, closings: Sequence[Closing], now: datetime) -> int:
    """Close open alerts; whoever was told of one is told that nobody watches it any more.

    Their tickets stay open. Return how many were open.
    """
    if not closings:
        return 0
    lock_alerts(connection, [closing.alert_id for closing in closings])
    closed = store.close_alerts(connection, closings, now)
    reason_of = {closing.alert_id: closing.reason for closing in closings}
    _record(
        connection,
        "closed",
        [(e.alert_id, e.seq, e.ended_at, {"reason": reason_of[e.alert_id]}) for e in closed],
        now,
    )
    notices = [
        AlertNotice("alert.closed", e.alert_id, e.seq, reason=reason_of[e.alert_id])
        for e in closed
        if e.was_told
    ]
    tell(connection, notices, now)
    return len(closed)


def raise_severity(
    connection: Connection, severities: Mapping[int, tuple[str, datetime]], now: datetime
) -> None:
    """Raise open alerts to a severity since an instant; told to whoever knows of them."""
    if not severities:
        return
    lock_alerts(connection, sorted(severities))
    raised = store.raise_alerts(connection, {n: found[0] for n, found in severities.items()})
    acked = [e for e in raised if e.was_acked]
    since = {number: found[1] for number, found in severities.items()}
    _record(connection, "unacked", [(e.alert_id, e.seq - 1, now, {}) for e in acked], now)
    _record(
        connection,
        "severity_raised",
        [
            (e.alert_id, e.seq, since[e.alert_id], {"severity": severities[e.alert_id][0]})
            for e in raised
        ],
        now,
    )
    silenced = _reasons(connection, [e.alert_id for e in raised], now)
    notices = [
        AlertNotice("alert.severity_raised", e.alert_id, e.seq)
        for e in raised
        if e.was_told and e.alert_id not in silenced
    ]
    tell(connection, notices, now)


def append(
    connection: Connection, event: str, detail_of: Mapping[int, Mapping[str, Any]], now: datetime
) -> dict[int, int]:
    """Append an event to the history of alerts whose rows are held; return its number by alert."""
    seq_of = store.number_events(connection, list(detail_of))
    rows = [(number, seq_of[number], now, detail) for number, detail in detail_of.items()]
    _record(connection, event, rows, now)
    return seq_of


def unsuppressed(connection: Connection, alert_ids: Sequence[int], now: datetime) -> list[int]:
    """Return the alerts that no silence or maintenance window keeps from people at ``now``."""
    kept = _reasons(connection, alert_ids, now)
    return [number for number in alert_ids if number not in kept]


def _record(
    connection: Connection,
    event: str,
    rows: Sequence[tuple[int, int, datetime, Mapping[str, Any]]],
    now: datetime,
) -> None:
    """Write an event of alerts, as (number, seq, event time, detail), and its audit rows."""
    if not rows:
        return
    store.insert_alert_events(
        connection, [(number, seq, event, at, detail) for number, seq, at, detail in rows], now
    )
    audit.record_all(
        connection,
        [
            AuditEvent(now, SYSTEM, f"alert.{event}", "alert", str(number), dict(detail))
            for number, _seq, _at, detail in rows
        ],
    )


def _reasons(connection: Connection, alert_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """Return what keeps alerts from being told, for those that are kept."""
    suppressions = select_suppressions(connection, now) if alert_ids else None
    if not suppressions:
        return {}
    targets = select_targets(connection, alert_ids)
    found = {n: suppressor_of(target, to_us(now), suppressions) for n, target in targets.items()}
    return {number: reason for number, reason in found.items() if reason is not None}


def tell(connection: Connection, notices: Sequence[AlertNotice], now: datetime) -> None:
    """Put out messages about alerts."""
    if not notices:
        return
    facts = store.select_alert_facts(connection, [notice.alert_id for notice in notices])
    outbox.put(connection, outbox.alert_messages(notices, facts, now), now)
    outbox.wake(connection)
