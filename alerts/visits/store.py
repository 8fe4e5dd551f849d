"""SQL of inspection plans, their stops and items, and of what is due."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from psycopg.types.json import Jsonb

from alerts.visits.lifecycle import PlanState, StopState
from alerts.visits.model import Candidate, Duty, Item, Outcome, Point
from alerts.visits.planning import PlannedStop
from alerts.visits.savings import Visit
from alerts.visits.settlement import Settled
from core.db import Connection, Row
from core.sql import load_queries

_QUERIES = load_queries("alerts.visits")


class DueBy(NamedTuple):
    """What counts as due: by the end of ``day``, which is ``due_by``; checks at an interval."""

    day: date
    due_by: datetime
    check_interval_days: int


class NewPlan(NamedTuple):
    """A plan as somebody asks for it."""

    town_id: int
    day: date
    inspector: str
    start: Point | None
    stop_count_max: int
    check_interval_days: int


class Plan(NamedTuple):
    """A plan as stored, as far as acts look at it."""

    inspection_plan_id: int
    town_id: int
    day: date
    inspector: str
    state: PlanState
    check_interval_days: int


class Stop(NamedTuple):
    """A stop as stored, as far as acts look at it."""

    inspection_stop_id: int
    restaurant_id: int
    state: StopState


def select_candidates(
    connection: Connection, town_id: int, due: DueBy, now: datetime
) -> list[Candidate]:
    """Return a town's restaurants with something due that stand on no open plan, by number."""
    return _select_due(connection, due, now, town_id=town_id, restaurant_ids=None, on_plan=False)


def select_present(
    connection: Connection, restaurant_ids: Collection[int], due: DueBy, now: datetime
) -> dict[int, tuple[Item, ...]]:
    """Return what is due at restaurants now, by restaurant; those with nothing are left out."""
    found = _select_due(
        connection, due, now, town_id=None, restaurant_ids=restaurant_ids, on_plan=True
    )
    return {candidate.restaurant_id: candidate.items for candidate in found}


def select_town(connection: Connection, code: str) -> int | None:
    """Return the number of a town; None where there is none of that code."""
    row = connection.execute(_QUERIES["select_town"], {"code": code}).fetchone()
    return None if row is None else int(row[0])


def insert_plan(
    connection: Connection,
    plan: NewPlan,
    stops: Iterable[PlannedStop],
    *,
    due_restaurant_count: int,
    created_by: str,
    now: datetime,
) -> int:
    """Store a plan with its stops and their items; return its number."""
    start_lon_deg, start_lat_deg = plan.start or (None, None)
    parameters = {
        **plan._asdict(),
        "start_lon_deg": start_lon_deg,
        "start_lat_deg": start_lat_deg,
        "due_restaurant_count": due_restaurant_count,
        "created_by": created_by,
        "now": now,
    }
    number = _number(connection.execute(_QUERIES["insert_plan"], parameters).fetchone())
    for place, (candidate, leg_m) in enumerate(stops, start=1):
        lon_deg, lat_deg = candidate.point or (None, None)
        stop = {
            "inspection_plan_id": number,
            "place": place,
            "restaurant_id": candidate.restaurant_id,
            "lon_deg": lon_deg,
            "lat_deg": lat_deg,
            "leg_m": leg_m,
            "is_urgent": candidate.is_urgent,
        }
        stop_id = _number(connection.execute(_QUERIES["insert_stop"], stop).fetchone())
        for item in candidate.items:
            _save_item(connection, stop_id, item, is_listed=True)
    return number


def save_settled(
    connection: Connection, inspection_stop_id: int, settled: Iterable[Settled]
) -> None:
    """Write how items of a stop ended, also those that were not listed."""
    for one in settled:
        _save_item(connection, inspection_stop_id, one.item, is_listed=False, settled=one)


def lock_plan(connection: Connection, inspection_plan_id: int) -> Plan | None:
    """Return a plan and hold it; None where there is none."""
    parameters = {"inspection_plan_id": inspection_plan_id}
    row = connection.execute(_QUERIES["lock_plan"], parameters).fetchone()
    if row is None:
        return None
    plan = Plan(*row)
    return plan._replace(state=PlanState(plan.state))


def update_plan(
    connection: Connection,
    inspection_plan_id: int,
    state: PlanState,
    now: datetime,
    *,
    cancel_reason: str | None = None,
) -> None:
    """Write where a plan stands."""
    parameters = {
        "inspection_plan_id": inspection_plan_id,
        "state": state,
        "cancel_reason": cancel_reason,
        "now": now,
    }
    connection.execute(_QUERIES["update_plan"], parameters)


def select_stop(
    connection: Connection, inspection_plan_id: int, inspection_stop_id: int
) -> Stop | None:
    """Return a stop of a plan; None where it has none of that number."""
    parameters = {
        "inspection_plan_id": inspection_plan_id,
        "inspection_stop_id": inspection_stop_id,
    }
    row = connection.execute(_QUERIES["select_stop"], parameters).fetchone()
    return None if row is None else Stop(row[0], row[1], StopState(row[2]))


def select_items(connection: Connection, inspection_stop_id: int) -> list[Item]:
    """Return what was listed for a stop."""
    parameters = {"inspection_stop_id": inspection_stop_id}
    return [_item(row) for row in connection.execute(_QUERIES["select_items"], parameters)]


def settle_stops(
    connection: Connection,
    inspection_plan_id: int,
    inspection_stop_id: int | None,
    state: StopState,
    *,
    note: str,
    by: str,
    now: datetime,
) -> int:
    """Write how a stop of a plan ended, or all that are left (None); return how many are left."""
    parameters = {
        "inspection_plan_id": inspection_plan_id,
        "inspection_stop_id": inspection_stop_id,
        "state": state,
        "note": note,
        "settled_by": by,
        "now": now,
    }
    connection.execute(_QUERIES["settle_stops"], parameters)
    return _number(connection.execute(_QUERIES["count_planned_stops"], parameters).fetchone())


def select_visits(
    connection: Connection, from_at: datetime, to_at: datetime, town: str | None
) -> list[Visit]:
    """Return the visits of a period, by plan, in the order in which they were made."""
    parameters = {"from_at": from_at, "to_at": to_at, "town": town}
    visits: list[Visit] = []
    for number, *degrees, duties, outcomes in connection.execute(
        _QUERIES["select_visits"], parameters
    ):
        ends = zip(map(Duty, duties), map(Outcome, outcomes), strict=True)
        visits.append(Visit(number, _point(*degrees[:2]), _point(*degrees[2:]), tuple(ends)))
    return visits


def _select_due(
    connection: Connection,
    due: DueBy,
    now: datetime,
    *,
    town_id: int | None,
    restaurant_ids: Collection[int] | None,
    on_plan: bool,
) -> list[Candidate]:
    parameters = {
        **due._asdict(),
        "now": now,
        "town_id": town_id,
        "restaurant_ids": None if restaurant_ids is None else sorted(restaurant_ids),
        "on_plan": on_plan,
    }
    rows = connection.execute(_QUERIES["select_due"], parameters)
    return [
        Candidate(restaurant_id, _point(lon_deg, lat_deg), tuple(_item(row[3:]) for row in group))
        for (restaurant_id, lon_deg, lat_deg), group in groupby(rows, key=lambda row: row[:3])
    ]


def _save_item(
    connection: Connection,
    inspection_stop_id: int,
    item: Item,
    *,
    is_listed: bool,
    settled: Settled | None = None,
) -> None:
    parameters = {
        **item._asdict(),
        "inspection_stop_id": inspection_stop_id,
        "is_listed": is_listed,
        "outcome": None if settled is None else settled.outcome,
        "note": "" if settled is None else settled.note,
        "result": Jsonb({} if settled is None else dict(settled.result)),
    }
    connection.execute(_QUERIES["save_item"], parameters)


def _item(row: Row) -> Item:
    item = Item(*row)
    return item._replace(duty=Duty(item.duty))


def _point(lon_deg: float | None, lat_deg: float | None) -> Point | None:
    return None if lon_deg is None or lat_deg is None else Point(lon_deg, lat_deg)


def _number(row: Row | None) -> int:
    assert row is not None, "INSERT ... RETURNING and count(*) return a row"
    return int(row[0])
