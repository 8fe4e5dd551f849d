"""The SQL of timelines, reading only."""

from datetime import datetime
from typing import get_args

from api.store import fetch_all
from api.timelines.schemas import Lane, TimelineEntry
from core.db import Connection
from core.reading import Metric
from core.sql import load_queries

_QUERIES = load_queries("api.timelines")
_LANES: tuple[str, ...] = get_args(Lane)

#: The key of an entry, as integers: its moment in microseconds, its lane, its number.
EntryKey = tuple[int, int, int]


def lane_number(lane: Lane) -> int:
    """Return the number of a lane in keys; they start at 1."""
    return _LANES.index(lane) + 1


def select_timeline(
    connection: Connection,
    restaurant_id: int,
    *,
    from_at: datetime,
    to_at: datetime,
    lane: Lane | None,
    before: EntryKey,
    count_max: int,
) -> list[TimelineEntry]:
    """Return what happened at a restaurant before a key, the newest first."""
    before_us, before_lane, before_id = before
    parameters = {
        "restaurant_id": restaurant_id,
        "from_at": from_at,
        "to_at": to_at,
        "level": Metric.LEVEL_MM,
        "lane": None if lane is None else lane_number(lane),
        "before_us": before_us,
        "before_lane": before_lane,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_timeline"], parameters, TimelineEntry)


def has_restaurant(connection: Connection, restaurant_id: int) -> bool:
    """Return whether there is such a restaurant."""
    row = connection.execute(_QUERIES["select_exists"], {"restaurant_id": restaurant_id}).fetchone()
    return bool(row and row[0])
