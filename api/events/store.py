"""The SQL of the live stream: one function a query."""

from datetime import timedelta

from api.events.schemas import Cursor, Event
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.events")

#: How far behind a cursor an event may still appear: longer than any of our transactions lasts.
OVERLAP = timedelta(seconds=30)
_OVERLAP_COUNT = 1_000
#: Events of each kind that one look returns; twice the overlap, so that it always moves on.
COUNT_MAX = 2 * _OVERLAP_COUNT


def select_newest(connection: Connection) -> Cursor:
    """Return the cursor of a reader who has everything."""
    return fetch_all(connection, _QUERIES["select_newest"], {}, Cursor)[0]


def select_events(connection: Connection, cursor: Cursor) -> list[Event]:
    """Return what comes after a cursor, and again what was recorded up to OVERLAP before it."""
    parameters = {
        "alert_event_id": cursor.alert_event_id,
        "ticket_event_id": cursor.ticket_event_id,
        "overlap": OVERLAP,
        "overlap_count": _OVERLAP_COUNT,
        "count_max": COUNT_MAX,
    }
    return fetch_all(connection, _QUERIES["select_events"], parameters, Event)
