"""The SQL of closures, reading only: changes go through alerts.closures.actions."""

from datetime import datetime

from api.closures.schemas import Closure
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.closures")


def select_closures(
    connection: Connection,
    *,
    closure_id: int | None = None,
    town: str | None = None,
    restaurant_id: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[Closure]:
    """Return closures below ``before_id`` that overlap the span, the last told first."""
    parameters = {
        "closure_id": closure_id,
        "town": town,
        "restaurant_id": restaurant_id,
        "from_at": from_at,
        "to_at": to_at,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_closures"], parameters, Closure)
