"""Entries of the intake-change log, each with its audit row."""

from datetime import datetime

from alerts.evidence import audit
from alerts.intake_changes import store
from alerts.intake_changes.model import NewIntakeChange
from core.db import Connection
from core.instant import format_rfc3339, to_us


def add_intake_change(
    connection: Connection, change: NewIntakeChange, actor: str, now: datetime
) -> int:
    """Append an entry and return its number; it may lie ahead, and is never changed."""
    number = store.insert_intake_change(connection, change, actor, now)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="intake_change.added",
        subject_kind="intake_change",
        subject_id=str(number),
        detail={**change._asdict(), "at": format_rfc3339(to_us(change.at))},
    )
    return number
