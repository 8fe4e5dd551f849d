"""The SQL of complaints: one function a query."""

from datetime import datetime

from api.complaints.schemas import Complaint, ComplaintStatus, MatchStateName
from api.paging import ID_MAX
from api.store import fetch_all
from core.complaint_category import Category
from core.db import Connection
from core.instant import INSTANT_MAX_US
from core.sql import load_queries

_QUERIES = load_queries("api.complaints")


def select_complaints(
    connection: Connection,
    *,
    complaint_id: int | None = None,
    town: str | None = None,
    category: Category | None = None,
    restaurant_id: int | None = None,
    status: ComplaintStatus | None = None,
    match_state: MatchStateName | None = None,
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
        "status": status,
        "match_state": match_state,
        "from_at": from_at,
        "to_at": to_at,
        "before_us": before_us,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_complaints"], parameters, Complaint)
