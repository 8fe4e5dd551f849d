"""What may be done about who has an alert in hand: take it, give it back, let it run out.

Whoever appends to an alert's history holds its row; severity rises and reopenings end an
acknowledgement in the engine, by the same rule. One whose ``ack_until`` has passed counts as none
at once; the timer writes that down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts import store as alert_store
from alerts.acknowledgement import store
from alerts.acknowledgement.store import HeldAlert
from alerts.evidence import audit
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who takes it in hand, with what in mind, and until when (None: until it changes)."""

    by: str
    note: str
    until: datetime | None = None


def acknowledge(
    connection: Connection, alert_id: int, ack: Acknowledgement, *, actor: str, now: datetime
) -> None:
    """Let somebody take an open alert in hand.

    Raises: NotFoundError; ConflictError: it is over, or somebody has it in hand already;
        InvalidRequestError: ``until`` is not in the future.
    """
    alert = _open_alert(connection, alert_id)
    if alert.is_acked(now):
        raise ConflictError(f"alert {alert_id} is acknowledged by {alert.acked_by}")
    if ack.until is not None and ack.until <= now:
        raise InvalidRequestError("until: a moment in the future expected")
    if alert.acked_at is not None:
        alert = _end(connection, alert, SYSTEM, now, {"reason": "run_out"})
    seq = alert.seq + 1
    store.acknowledge_alert(
        connection, alert_id, by=ack.by, note=ack.note, until=ack.until, seq=seq, now=now
    )
    until = None if ack.until is None else ack.until.isoformat()
    detail = {"by": ack.by, "note": ack.note, "until": until}
    _record(connection, alert_id, seq, "acked", actor=actor, now=now, detail=detail)


def unacknowledge(connection: Connection, alert_id: int, *, actor: str, now: datetime) -> None:
    """Give an alert back to nobody.

    Raises: NotFoundError; ConflictError: it is over, or nobody has it in hand.
    """
    alert = _open_alert(connection, alert_id)
    if not alert.is_acked(now):
        raise ConflictError(f"alert {alert_id} is not acknowledged")
    _end(connection, alert, actor, now, {"reason": "taken_back"})


def end_run_out(connection: Connection, now: datetime) -> int:
    """Write down acknowledgements whose time is over; return how many."""
    alerts = store.select_run_out(connection, now)
    for alert in alerts:
        _end(connection, alert, SYSTEM, now, {"reason": "run_out"})
    return len(alerts)


def _open_alert(connection: Connection, alert_id: int) -> HeldAlert:
    alert = store.lock_alert(connection, alert_id)
    if alert is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    if alert.status != "firing":
        raise ConflictError(f"alert {alert_id} is {alert.status}")
    return alert


def _end(
    connection: Connection, alert: HeldAlert, actor: str, now: datetime, why: Mapping[str, Any]
) -> HeldAlert:
    seq = alert.seq + 1
    store.clear_acknowledgement(connection, alert.alert_id, seq)
    detail = {"by": alert.acked_by, **why}
    _record(connection, alert.alert_id, seq, "unacked", actor=actor, now=now, detail=detail)
    return HeldAlert(alert.alert_id, seq, alert.status, None, None, None)


def _record(
    connection: Connection,
    alert_id: int,
    seq: int,
    what: str,
    *,
    actor: str,
    now: datetime,
    detail: Mapping[str, Any],
) -> None:
    alert_store.insert_alert_events(connection, [(alert_id, seq, what, now, detail)], now)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"alert.{what}",
        subject_kind="alert",
        subject_id=str(alert_id),
        detail=detail,
    )
