"""The SQL of silences: one function a query."""

from datetime import datetime

from api.paging import ID_MAX
from api.silences.schemas import Silence, SilenceOrder
from api.store import fetch_all, write
from core.db import Connection
from core.errors import InvalidRequestError
from core.sql import load_queries

_QUERIES = load_queries("api.silences")
_REFUSALS = {
    f"silence_{name}_id_fkey": InvalidRequestError(f"{name}_id: there is no such {name}")
    for name in ("town", "restaurant", "trap", "device")
}


def select_silences(
    connection: Connection,
    now: datetime,
    *,
    silence_id: int | None = None,
    everything: bool = True,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[Silence]:
    """Return silences below ``before_id``, newest first; without ``everything`` not those over."""
    parameters = {
        "now": now,
        "silence_id": silence_id,
        "everything": everything,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_silences"], parameters, Silence)


def insert_silence(connection: Connection, order: SilenceOrder, now: datetime) -> int | None:
    """Store a silence; return its number.

    Raises: InvalidRequestError: it names a place or device that does not exist.
    """
    parameters = order.model_dump() | {"now": now, "starts_at": order.starts_at or now}
    return write(connection, _QUERIES["insert_silence"], parameters, _REFUSALS)


def expire_silence(connection: Connection, silence_id: int, now: datetime) -> bool:
    """End a silence now; return whether it was not over before."""
    parameters = {"silence_id": silence_id, "now": now}
    return write(connection, _QUERIES["expire_silence"], parameters, {}) is not None


def rule_exists(connection: Connection, rule: str) -> bool:
    """Return whether there is or was a rule of that code."""
    return write(connection, _QUERIES["rule_exists"], {"rule": rule}, {}) is not None
