"""The SQL of trends: one function a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.store import fetch_all
from core.complaint_category import Category
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.trends")
#: How exact moments are: just after one is the next.
INSTANT = timedelta(microseconds=1)

#: From a moment until just before another.
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SpanCount:
    """Complaints of one span: all and without repeated ones, and fume apart."""

    complaint_count: int
    deduplicated: int
    fume_count: int
    fume_deduplicated: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which complaints a trend counts, and up to when (``now`` included)."""

    now: datetime
    town: str | None
    category: Category | None
    exclude_fume: bool


def count_by_span(
    connection: Connection, filters: Filters, spans: Sequence[Span]
) -> list[SpanCount]:
    """Return the counts of each span, in the order of the spans."""
    end = filters.now + INSTANT
    parameters = {
        "town": filters.town,
        "category": filters.category,
        "exclude_fume": filters.exclude_fume,
        "starts_at": [starts_at for starts_at, _ in spans],
        "ends_at": [min(ends_at, end) for _, ends_at in spans],
    }
    return fetch_all(connection, _QUERIES["count_by_span"], parameters, SpanCount)


def count_open_restaurants(connection: Connection, town: str | None) -> int:
    """Return how many restaurants are in business."""
    row = connection.execute(_QUERIES["count_open_restaurants"], {"town": town}).fetchone()
    assert row is not None, "count() returns a row"
    return int(row[0])
