"""The SQL of the map, reading only."""

from typing import NamedTuple

from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.maps")


class Mark(NamedTuple):
    """A trap on the map; ``severity`` counts from 1 (blue) to 4 (red), 0 is none."""

    trap_id: int
    code: str
    lon_deg: float
    lat_deg: float
    stage: str
    severity: int


def select_marks(connection: Connection, town: str | None) -> list[Mark]:
    """Return every trap that has a position, by number."""
    return fetch_all(connection, _QUERIES["select_marks"], {"town": town}, Mark)
