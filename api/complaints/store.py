"""The SQL of complaints: one function a query."""

from dataclasses import dataclass
from datetime import date, datetime

from api.complaints.schemas import Category, Complaint, ComplaintStatus, MatchStateName
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.instant import INSTANT_MAX_US
from core.sql import load_queries

_QUERIES = load_queries("api.complaints")


@dataclass(frozen=True, slots=True)
class CountedMonth:
    """Complaints of one month; ``month`` is YYYY-MM."""

    month: str
    complaint_count: int
    deduplicated: int
    count_to_date: int
    deduplicated_to_date: int
    fume_count: int
    fume_deduplicated: int


def select_complaints(
    connection: Connection,
    *,
    complaint_id: int | None = None,
    town: str | None = None,
    category: Category | None = None,
    restaurant_id: int | None = None,
    status: ComplaintStatus | None = None,
    match_state: MatchStateName | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before_us: int = INSTANT_MAX_US,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[Complaint]:
    """Return complaints before a sort key, newest first."""
    parameters = {
        "complaint_id": complaint_id,
        "town": town,
        "category": category,
        "restaurant_id": restaurant_id,
        "status": status,
        "match_state": match_state,
        "from_at": from_at,
        "to_at": to_at,
        "before_us": before_us,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_complaints"], parameters, Complaint)


def count_by_month(
    connection: Connection,
    *,
    first_day: date,
    end_day: date,
    now: datetime,
    town: str | None,
    category: Category | None,
    exclude_fume: bool,
) -> list[CountedMonth]:
    """Return the months of ``[first_day, end_day)`` that had complaints up to ``now``."""
    parameters = {
        "first_day": first_day,
        "end_day": end_day,
        "now": now,
        "town": town,
        "category": category,
        "exclude_fume": exclude_fume,
    }
    return fetch_all(connection, _QUERIES["count_by_month"], parameters, CountedMonth)


def count_open_restaurants(connection: Connection, town: str | None) -> int:
    """Return how many restaurants are in business."""
    row = connection.execute(_QUERIES["count_open_restaurants"], {"town": town}).fetchone()
    assert row is not None, "count() returns a row"
    return int(row[0])
