"""The SQL of inspections, reading only: changes go through alerts.inspections.actions."""

from datetime import datetime

from alerts.inspections.fullness import Dip, fullness_ratio, is_due
from api.inspections.schemas import Inspection, StoredInspection
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.inspections")


def select_inspections(
    connection: Connection,
    *,
    inspection_id: int | None = None,
    town: str | None = None,
    trap_id: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[Inspection]:
    """Return inspections below ``before_id``, the last filed first."""
    parameters = {
        "inspection_id": inspection_id,
        "town": town,
        "trap_id": trap_id,
        "from_at": from_at,
        "to_at": to_at,
        "before_id": before_id,
        "count_max": count_max,
    }
    rows = fetch_all(connection, _QUERIES["select_inspections"], parameters, StoredInspection)
    return [_judged(row) for row in rows]


def _judged(row: StoredInspection) -> Inspection:
    ratio = fullness_ratio(Dip(row.fog_mm, row.water_mm, row.solids_mm), row.depth_mm)
    return Inspection(**dict(row), fullness_ratio=ratio, due=is_due(ratio))
