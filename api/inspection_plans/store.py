"""The SQL of inspection plans, reading only: changes go through alerts.visits.actions."""

from datetime import date, datetime
from typing import Any, NamedTuple

from alerts.visits import store
from alerts.visits.actions import due_by
from alerts.visits.model import Item
from api.inspection_plans.schemas import Plan, PlanItem, PlanState, PlanStop, PlanSummary
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.inspection_plans")


class _StopRow(NamedTuple):
    inspection_stop_id: int
    place: int
    restaurant_id: int
    restaurant_name: str
    address: str
    lon_deg: float | None
    lat_deg: float | None
    leg_m: float | None
    is_urgent: bool
    state: Any
    note: str
    settled_by: str | None
    settled_at: datetime | None


class _ItemRow(NamedTuple):
    inspection_stop_id: int
    key: str
    duty: Any
    trap_id: int
    ticket_id: int | None
    device_id: int | None
    reason: str
    severity: Any
    due_at: datetime | None
    is_listed: bool
    outcome: Any
    note: str
    result: dict[str, Any]


def select_plans(
    connection: Connection,
    *,
    inspection_plan_id: int | None = None,
    town: str | None = None,
    day: date | None = None,
    state: PlanState | None = None,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[PlanSummary]:
    """Return plans below ``before_id``, newest first."""
    parameters = {
        "inspection_plan_id": inspection_plan_id,
        "town": town,
        "day": day,
        "state": state,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_plans"], parameters, PlanSummary)


def select_plan(connection: Connection, inspection_plan_id: int, now: datetime) -> Plan | None:
    """Return a plan; what is due at the stops that are left is compared with what was listed."""
    found = select_plans(connection, inspection_plan_id=inspection_plan_id)
    if not found:
        return None
    parameters = {"inspection_plan_id": inspection_plan_id}
    stops = fetch_all(connection, _QUERIES["select_stops"], parameters, _StopRow)
    items = fetch_all(connection, _QUERIES["select_items"], parameters, _ItemRow)
    left = [stop.restaurant_id for stop in stops if stop.state == "planned"]
    due = due_by(found[0].day, found[0].check_interval_days)
    present = store.select_present(connection, left, due, now) if left else {}
    return Plan(
        plan=found[0],
        stops=[
            PlanStop(
                **stop._asdict(),
                items=_items(
                    [item for item in items if item.inspection_stop_id == stop.inspection_stop_id],
                    present.get(stop.restaurant_id, ()) if stop.state == "planned" else None,
                ),
            )
            for stop in stops
        ],
    )


def _items(listed: list[_ItemRow], present: tuple[Item, ...] | None) -> list[PlanItem]:
    """Return the items of a stop; ``present`` None: it is settled."""
    due_keys = {item.key for item in present or ()}
    standing_of = {True: "due", False: "gone"}
    shown = []
    for row in listed:
        fields = row._asdict()
        del fields["inspection_stop_id"], fields["is_listed"]
        standing = None if present is None else standing_of[row.key in due_keys]
        shown.append(PlanItem.model_validate({**fields, "standing": standing}))
    known = {row.key for row in listed}
    for item in present or ():
        if item.key not in known:
            fields = item._asdict()
            del fields["is_urgent"]
            more: dict[str, object] = {
                "standing": "came_up",
                "outcome": None,
                "note": "",
                "result": {},
            }
            shown.append(PlanItem.model_validate({**fields, **more}))
    return shown
