"""The SQL of rainfall, reading only: changes go through alerts.rainfall.actions."""

from datetime import datetime

from api.rainfall.schemas import RainHour
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.rainfall")


def select_rainfall(
    connection: Connection,
    *,
    town: str | None,
    from_at: datetime | None,
    to_at: datetime | None,
    before_us: int,
    before_id: int,
    count_max: int,
) -> list[RainHour]:
    """Return hours of rain before a sort key, newest first."""
    parameters = {
        "town": town,
        "from_at": from_at,
        "to_at": to_at,
        "before_us": before_us,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_rainfall"], parameters, RainHour)
