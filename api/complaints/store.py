"""The SQL of complaints: one function a query."""

from datetime import datetime

from api.complaints.schemas import Complaint, ComplaintOrder
from api.paging import ID_MAX
from api.store import fetch_all, write
from core.complaint_category import Category
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError
from core.instant import INSTANT_MAX_US
from core.sql import load_queries

_QUERIES = load_queries("api.complaints")

_REFUSALS = {
    "complaint_source_ref": ConflictError("this external_ref of this source is there already"),
    "complaint_restaurant_id_fkey": InvalidRequestError(
        "restaurant_id: there is no such restaurant"
    ),
    "complaint_town_id_fkey": InvalidRequestError("town_id: there is no such town"),
    "complaint_duplicate_of_fkey": InvalidRequestError("duplicate_of: there is no such complaint"),
}


def select_complaints(
    connection: Connection,
    *,
    complaint_id: int | None = None,
    town: str | None = None,
    category: Category | None = None,
    restaurant_id: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before_us: int = INSTANT_MAX_US,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[Complaint]:
    """Return complaints before a sort key, newest first."""
    parameters = {
        "complaint_id": complaint_id,
        "town": town,
        "category": category,
        "restaurant_id": restaurant_id,
        "from_at": from_at,
        "to_at": to_at,
        "before_us": before_us,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_complaints"], parameters, Complaint)


def insert_complaint(connection: Connection, order: ComplaintOrder, now: datetime) -> int | None:
    """Store a complaint; return its number.

    Raises: ConflictError: it is there already. InvalidRequestError: it refers to nothing.
    """
    parameters = {**order.model_dump(), "received_at": order.received_at or now, "now": now}
    return write(connection, _QUERIES["insert_complaint"], parameters, _REFUSALS)
