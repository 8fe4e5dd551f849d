"""The SQL of readings: one function a query."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from api.readings.schemas import HourlyReading, RawReading
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.readings")


@dataclass(frozen=True, slots=True)
class Window:
    """Which readings: series, time ``[from_at, to_at)``, and the sort key to go on after."""

    device_ids: Sequence[int]
    metrics: Sequence[int]
    from_at: datetime
    to_at: datetime
    after_at: datetime
    after_device_id: int
    after_metric: int
    count_max: int


def select_trap_devices(connection: Connection, trap_id: int) -> list[int]:
    """Return the numbers of the devices on a trap."""
    rows = connection.execute(_QUERIES["select_trap_devices"], {"trap_id": trap_id}).fetchall()
    return [row[0] for row in rows]


def trap_exists(connection: Connection, trap_id: int) -> bool:
    """Return whether there is such a trap."""
    row = connection.execute(_QUERIES["trap_exists"], {"trap_id": trap_id}).fetchone()
    return bool(row and row[0])


def select_device_id(connection: Connection, uid: str) -> int | None:
    """Return the number of the device of a normalised uid."""
    row = connection.execute(_QUERIES["select_device_id"], {"uid": uid}).fetchone()
    return None if row is None else int(row[0])


def select_raw_readings(connection: Connection, window: Window) -> list[RawReading]:
    """Return readings, newest first."""
    return fetch_all(connection, _QUERIES["select_raw_readings"], asdict(window), RawReading)


def select_hourly_readings(connection: Connection, window: Window) -> list[HourlyReading]:
    """Return roll-ups by hour, newest first."""
    query = _QUERIES["select_hourly_readings"]
    return fetch_all(connection, query, asdict(window), HourlyReading)
