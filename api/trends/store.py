"""The SQL of trends: one function a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from api.store import fetch_all
from api.trends.spring import Both, Days
from core.complaint_category import Category
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.trends")


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


@dataclass(frozen=True, slots=True)
class Filters:
    """Which complaints a trend counts, and up to when."""

    now: datetime
    town: str | None
    category: Category | None
    exclude_fume: bool

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the queries."""
        return {
            "now": self.now,
            "town": self.town,
            "category": self.category,
            "exclude_fume": self.exclude_fume,
        }


def count_by_month(
    connection: Connection, filters: Filters, first_day: date, end_day: date
) -> list[CountedMonth]:
    """Return the months of ``[first_day, end_day)`` that had complaints up to now."""
    parameters = {**filters.parameters, "first_day": first_day, "end_day": end_day}
    return fetch_all(connection, _QUERIES["count_by_month"], parameters, CountedMonth)


def count_by_span(
    connection: Connection, filters: Filters, spans: Sequence[Days]
) -> dict[Days, Both]:
    """Return (all, deduplicated) of each span of days, its end excluded."""
    parameters = {
        **filters.parameters,
        "first_days": [span[0] for span in spans],
        "end_days": [span[1] for span in spans],
    }
    rows = connection.execute(_QUERIES["count_by_span"], parameters)
    return {(first, end): (count, deduplicated) for first, end, count, deduplicated in rows}


def count_open_restaurants(connection: Connection, town: str | None) -> int:
    """Return how many restaurants are in business."""
    row = connection.execute(_QUERIES["count_open_restaurants"], {"town": town}).fetchone()
    assert row is not None, "count() returns a row"
    return int(row[0])
