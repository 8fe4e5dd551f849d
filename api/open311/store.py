"""The SQL of service requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.open311")


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A complaint as GeoReport v2 shows it; a position that is only an area is left out."""

    complaint_id: int
    category: str
    status: str
    ticket_state: str | None
    status_note: str
    duplicate_of: int | None
    description: str
    agency: str | None
    received_at: datetime
    updated_at: datetime
    due_at: datetime | None
    address: str | None
    register_no: str | None
    lat_deg: float | None
    lon_deg: float | None
    media_url: str | None


def select_requests(
    connection: Connection,
    *,
    complaint_ids: Sequence[int] | None = None,
    categories: Sequence[str] | None = None,
    statuses: Sequence[str] | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    count_max: int,
) -> list[ServiceRequest]:
    """Return service requests, newest first; None: not narrowed by that."""
    parameters = {
        "complaint_ids": None if complaint_ids is None else list(complaint_ids),
        "categories": None if categories is None else list(categories),
        "statuses": None if statuses is None else list(statuses),
        "from_at": from_at,
        "to_at": to_at,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_requests"], parameters, ServiceRequest)


def select_token(connection: Connection, complaint_id: int) -> str | None:
    """Return the receipt of a complaint."""
    row = connection.execute(_QUERIES["select_token"], {"complaint_id": complaint_id}).fetchone()
    return None if row is None else row[0]


def select_by_token(connection: Connection, token: str) -> int | None:
    """Return the complaint of a receipt."""
    row = connection.execute(_QUERIES["select_by_token"], {"token": token}).fetchone()
    return None if row is None else int(row[0])
