"""SQL of closures."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from core.db import Connection
from core.instant import to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.closures")


class ClosedSpan(NamedTuple):
    """When a restaurant does not open, end exclusive; ``known_us`` is since when we know of it."""

    from_us: int
    to_us: int
    known_us: int


class NewClosure(NamedTuple):
    """A closed span as it is told."""

    restaurant_id: int
    closed_from: datetime
    closed_to: datetime
    reason: str


def has_restaurant(connection: Connection, restaurant_id: int) -> bool:
    """Return whether there is such a restaurant."""
    parameters = {"restaurant_id": restaurant_id}
    return connection.execute(_QUERIES["has_restaurant"], parameters).fetchone() is not None


def insert_closure(connection: Connection, closure: NewClosure, now: datetime) -> int | None:
    """Store a closed span and return its number; None where it is there already."""
    parameters = {**closure._asdict(), "now": now}
    row = connection.execute(_QUERIES["insert_closure"], parameters).fetchone()
    return None if row is None else int(row[0])


def select_closures(
    connection: Connection, restaurant_ids: Collection[int], from_at: datetime, to_at: datetime
) -> dict[int, list[ClosedSpan]]:
    """Return closed spans that overlap ``[from_at, to_at)``, by restaurant, in order."""
    parameters = {"restaurant_ids": sorted(restaurant_ids), "from_at": from_at, "to_at": to_at}
    spans: dict[int, list[ClosedSpan]] = {}
    rows = connection.execute(_QUERIES["select_closures"], parameters)
    for restaurant_id, closed_from, closed_to, created_at in rows:
        span = ClosedSpan(to_us(closed_from), to_us(closed_to), to_us(created_at))
        spans.setdefault(restaurant_id, []).append(span)
    return spans
