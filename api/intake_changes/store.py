"""The SQL of the intake-change log, reading only: entries go through alerts.intake_changes."""

from datetime import datetime

from alerts.intake_changes.store import select_intake_changes as select_entries
from api.intake_changes.schemas import IntakeChange
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.instant import INSTANT_MAX_US
from core.sql import load_queries

_QUERIES = load_queries("api.intake_changes")


def select_intake_changes(
    connection: Connection,
    *,
    intake_change_id: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before_us: int = INSTANT_MAX_US,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[IntakeChange]:
    """Return entries before a sort key, the last to take effect first."""
    parameters = {
        "intake_change_id": intake_change_id,
        "from_at": from_at,
        "to_at": to_at,
        "before_us": before_us,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_intake_changes"], parameters, IntakeChange)


def select_intake_changes_between(
    connection: Connection, from_at: datetime, to_at: datetime
) -> list[IntakeChange]:
    """Return all entries that took effect in ``[from_at, to_at)``, in that order."""
    return [IntakeChange(**entry._asdict()) for entry in select_entries(connection, from_at, to_at)]
