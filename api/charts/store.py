"""The SQL of charts, reading only."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from api.charts.schemas import ChartEvent, RainHour
from api.store import fetch_all, fetch_one
from core.db import Connection
from core.reading import Metric
from core.sql import load_queries

_QUERIES = load_queries("api.charts")
_EVENT_COUNT_MAX = 500


class Point(NamedTuple):
    """One value of a series, or one hour of it."""

    at_s: int
    value_mean: float
    value_min: float
    value_max: float


class CoverHour(NamedTuple):
    """Whether a cover was open within an hour, and at its end."""

    at_s: int
    was_open: bool
    stayed_open: bool


class Latest(NamedTuple):
    """The last good reading of a metric."""

    measured_at: datetime
    value: float


class Window(NamedTuple):
    """Which devices, and from when (inclusive) to when (exclusive)."""

    device_ids: Sequence[int]
    from_at: datetime
    to_at: datetime


def select_points(
    connection: Connection, window: Window, metric: Metric, *, is_hourly: bool
) -> list[Point]:
    """Return a series in order of time, as measured or by the hour."""
    query = _QUERIES["select_hourly" if is_hourly else "select_raw"]
    return fetch_all(connection, query, {**window._asdict(), "metric": metric}, Point)


def select_cover_hours(connection: Connection, window: Window) -> list[CoverHour]:
    """Return the hours in which something was heard of a cover, in order of time."""
    parameters = {**window._asdict(), "metric": Metric.COVER_OPEN}
    return fetch_all(connection, _QUERIES["select_cover_hours"], parameters, CoverHour)


def select_latest(
    connection: Connection, device_ids: Sequence[int], metric: Metric, before: datetime
) -> Latest | None:
    """Return the last good reading before a moment; None: none in 60 days."""
    parameters = {"device_ids": device_ids, "metric": metric, "before": before}
    return fetch_one(connection, _QUERIES["select_latest"], parameters, Latest)


def select_rain(connection: Connection, town_id: int, window: Window) -> list[RainHour]:
    """Return the hours in which it rained in a town."""
    parameters = {"town_id": town_id, "from_at": window.from_at, "to_at": window.to_at}
    return fetch_all(connection, _QUERIES["select_rain"], parameters, RainHour)


def select_events(
    connection: Connection, trap_id: int, from_at: datetime, to_at: datetime
) -> list[ChartEvent]:
    """Return what happened at a trap, the newest 500 first."""
    parameters = {
        "trap_id": trap_id,
        "from_at": from_at,
        "to_at": to_at,
        "count_max": _EVENT_COUNT_MAX,
    }
    return fetch_all(connection, _QUERIES["select_events"], parameters, ChartEvent)
