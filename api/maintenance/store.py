"""The SQL of maintenance windows: one function a query."""

from datetime import datetime

from api.maintenance.schemas import MaintenanceWindow, MaintenanceWindowOrder
from api.paging import ID_MAX
from api.store import fetch_all, write
from core.db import Connection
from core.errors import InvalidRequestError
from core.sql import load_queries

_QUERIES = load_queries("api.maintenance")
_REFUSALS = {
    f"maintenance_window_{name}_id_fkey": InvalidRequestError(f"scope_id: there is no such {name}")
    for name in ("town", "restaurant", "trap", "gateway")
}


def select_maintenance_windows(
    connection: Connection,
    now: datetime,
    *,
    window_id: int | None = None,
    everything: bool = True,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[MaintenanceWindow]:
    """Return windows below ``before_id``, newest first; without ``everything`` not those over."""
    parameters = {
        "now": now,
        "window_id": window_id,
        "everything": everything,
        "before_id": before_id,
        "count_max": count_max,
    }
    query = _QUERIES["select_maintenance_windows"]
    return fetch_all(connection, query, parameters, MaintenanceWindow)


def insert_maintenance_window(
    connection: Connection, order: MaintenanceWindowOrder, ends_at: datetime | None, now: datetime
) -> int | None:
    """Store a window; return its number.

    Raises: InvalidRequestError: there is no such place.
    """
    parameters = order.model_dump() | {"ends_at": ends_at, "now": now}
    return write(connection, _QUERIES["insert_maintenance_window"], parameters, _REFUSALS)


def deactivate_maintenance_window(connection: Connection, window_id: int, now: datetime) -> bool:
    """End a window for good; return whether it was active."""
    parameters = {"window_id": window_id, "now": now}
    return write(connection, _QUERIES["deactivate_maintenance_window"], parameters, {}) is not None
