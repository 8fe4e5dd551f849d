"""SQL of the intake-change log."""

from datetime import datetime

from alerts.intake_changes.model import NewIntakeChange, StoredIntakeChange
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.intake_changes")


def insert_intake_change(
    connection: Connection, change: NewIntakeChange, author: str, now: datetime
) -> int:
    """Append an entry; return its number."""
    parameters = {**change._asdict(), "author": author, "now": now}
    row = connection.execute(_QUERIES["insert_intake_change"], parameters).fetchone()
    assert row is not None, "INSERT returns the new number"
    return int(row[0])


def select_intake_changes(
    connection: Connection, from_at: datetime, to_at: datetime
) -> list[StoredIntakeChange]:
    """Return the entries that took effect in ``[from_at, to_at)``, in that order."""
    parameters = {"from_at": from_at, "to_at": to_at}
    rows = connection.execute(_QUERIES["select_intake_changes"], parameters)
    return [StoredIntakeChange(*row) for row in rows]
