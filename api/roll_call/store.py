"""The SQL of the roll-call, reading only."""

from datetime import datetime

from api.roll_call.schemas import RollCallCount, RollCallEntry
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.roll_call")


def select_roll_call(
    connection: Connection,
    *,
    town: str | None,
    silent: bool | None,
    now: datetime,
    after: tuple[int, int],
    count_max: int,
) -> list[RollCallEntry]:
    """Return devices by their last sign of life, after a (moment in microseconds, device)."""
    parameters = {
        "town": town,
        "silent": silent,
        "now": now,
        "after_us": after[0],
        "after_id": after[1],
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_roll_call"], parameters, RollCallEntry)


def count_roll_call(connection: Connection, now: datetime) -> list[RollCallCount]:
    """Return how many devices are in service and silent: the county, then each town."""
    return fetch_all(connection, _QUERIES["count_roll_call"], {"now": now}, RollCallCount)
