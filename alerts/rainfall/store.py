"""SQL of rainfall."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from core.db import Connection
from core.instant import to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.rainfall")


class RainHour(NamedTuple):
    """What fell on a town within the hour that begins at ``hour``."""

    town_id: int
    hour: datetime
    rain_mm: float


def select_missing_towns(connection: Connection, town_ids: Collection[int]) -> list[int]:
    """Return which of the numbers are no towns, in order."""
    rows = connection.execute(_QUERIES["select_missing_towns"], {"town_ids": list(town_ids)})
    return [int(row[0]) for row in rows]


def upsert_rainfall(
    connection: Connection, hours: Sequence[RainHour], now: datetime
) -> list[RainHour]:
    """Store hours of rain, each once; return those that are new or changed."""
    parameters = {
        "town_ids": [one.town_id for one in hours],
        "hours": [one.hour for one in hours],
        "rain_mm": [float(one.rain_mm) for one in hours],
        "now": now,
    }
    return [RainHour(*row) for row in connection.execute(_QUERIES["upsert_rainfall"], parameters)]


def select_rainfall(
    connection: Connection, town_ids: Collection[int], from_at: datetime, to_at: datetime
) -> dict[int, list[tuple[int, float]]]:
    """Return (start of the hour in microseconds, rain in mm) by town, for ``[from_at, to_at)``.

    An hour that is missing was not reported; it may have been wet.
    """
    parameters = {"town_ids": sorted(town_ids), "from_at": from_at, "to_at": to_at}
    rain: dict[int, list[tuple[int, float]]] = {}
    for town_id, hour, rain_mm in connection.execute(_QUERIES["select_rainfall"], parameters):
        rain.setdefault(town_id, []).append((to_us(hour), rain_mm))
    return rain
