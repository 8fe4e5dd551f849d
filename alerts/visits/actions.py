"""What may happen to inspection plans and their stops, each with its audit row.

One transaction, the caller's. A stop is settled whole or not at all: every item is tried, so that
one answer names everything that is in the way.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from alerts.evidence import audit
from alerts.schedules.wall_clock import instant_us, zone_of
from alerts.tickets.model import Actor
from alerts.tickets.sla.policy import load_policy
from alerts.visits import store
from alerts.visits.item_work import Visiting, do_work
from alerts.visits.lifecycle import Act, StopState, Transition, check_open, step
from alerts.visits.model import Outcome
from alerts.visits.planning import make_plan
from alerts.visits.settlement import (
    Entry,
    LeftOpen,
    Problem,
    Settled,
    find_problems,
    pointer_to,
    unsettled,
)
from alerts.visits.store import DueBy, NewPlan, Plan, Stop
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, NotFoundError, RefusedItemsError, RequestError
from core.instant import from_us


def due_by(day: date, check_interval_days: int) -> DueBy:
    """Return what is due by the end of a day, by the county's clocks."""
    midnight = instant_us(day + timedelta(days=1), time(), zone_of(load_policy().zone))
    return DueBy(day, from_us(midnight), check_interval_days)


def create_plan(connection: Connection, new: NewPlan, *, actor: str, now: datetime) -> int:
    """Make the plan of a town for a day; return its number.

    Raises: ConflictError: nothing is due there that is not on an open plan already.
    """
    # One at a time: two plans that are made at once would both take the same restaurants.
    wait_lock(connection, AdvisoryLock.INSPECTION_PLANNING)
    due = due_by(new.day, new.check_interval_days)
    candidates = store.select_candidates(connection, new.town_id, due, now)
    stops = make_plan(candidates, new.start, new.stop_count_max)
    if not stops:
        raise ConflictError("nothing is due in this town that is not on an open plan already")
    number = store.insert_plan(
        connection,
        new,
        stops,
        due_restaurant_count=len(candidates),
        created_by=actor,
        now=now,
    )
    restaurants = [stop.candidate.restaurant_id for stop in stops]
    detail = {
        "town_id": new.town_id,
        "day": new.day.isoformat(),
        "inspector": new.inspector,
        "restaurant_ids": restaurants,
    }
    _record(connection, number, "created", detail, actor=actor, now=now)
    return number


def start(connection: Connection, inspection_plan_id: int, *, actor: str, now: datetime) -> None:
    """Take down that the crew has set out.

    Raises: NotFoundError, ConflictError.
    """
    _, taken = _take(connection, inspection_plan_id, Act.START)
    store.update_plan(connection, inspection_plan_id, taken.target, now)
    _record(connection, inspection_plan_id, "started", {}, actor=actor, now=now)


def cancel(
    connection: Connection, inspection_plan_id: int, *, reason: str, actor: str, now: datetime
) -> None:
    """Call a plan off; the stops that are left are skipped, visits that were made stay.

    Raises: NotFoundError, ConflictError.
    """
    _, taken = _take(connection, inspection_plan_id, Act.CANCEL)
    store.settle_stops(
        connection, inspection_plan_id, None, StopState.SKIPPED, note=reason, by=actor, now=now
    )
    store.update_plan(connection, inspection_plan_id, taken.target, now, cancel_reason=reason)
    _record(connection, inspection_plan_id, "cancelled", {"reason": reason}, actor=actor, now=now)


def skip_stop(
    connection: Connection,
    inspection_plan_id: int,
    inspection_stop_id: int,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Leave a stop out; what is due there stays due.

    Raises: NotFoundError, ConflictError.
    """
    plan, _, stop = _take_stop(connection, inspection_plan_id, inspection_stop_id, Act.SKIP)
    detail = {
        "inspection_stop_id": inspection_stop_id,
        "restaurant_id": stop.restaurant_id,
        "reason": reason,
    }
    _record(connection, inspection_plan_id, "stop_skipped", detail, actor=actor, now=now)
    _settle(connection, plan, stop, StopState.SKIPPED, note=reason, actor=actor, now=now)


def settle_stop(
    connection: Connection,
    inspection_plan_id: int,
    inspection_stop_id: int,
    entries: Sequence[Entry],
    *,
    note: str,
    actor: Actor,
    now: datetime,
) -> list[Settled]:
    """Record a visit: every item of the stop is done or left open, or nothing is.

    Raises: NotFoundError, ConflictError (the plan is not under way, the stop is settled);
        RefusedItemsError: which entries cannot be done, and why.
    """
    plan, _, stop = _take_stop(connection, inspection_plan_id, inspection_stop_id, Act.SETTLE)
    due = due_by(plan.day, plan.check_interval_days)
    listed = {item.key: item for item in store.select_items(connection, inspection_stop_id)}
    present = {
        item.key: item
        for item in store.select_present(connection, [stop.restaurant_id], due, now).get(
            stop.restaurant_id, ()
        )
    }
    problems = find_problems(entries, listed, present)
    if problems:
        raise RefusedItemsError(problems)
    items = listed | present
    visiting = Visiting(plan.inspector, actor, now)
    settled: list[Settled] = []
    # Tickets before traps, each by number: two visits lock what they share in the same order.
    for index, entry in sorted(enumerate(entries), key=lambda pair: _lock_order(pair[1].key)):
        item = items[entry.key]
        if isinstance(entry.work, LeftOpen):
            outcome = Outcome.LEFT_OPEN if entry.key in present else Outcome.GONE
            settled.append(Settled(item, outcome, entry.work.reason))
            continue
        try:
            with connection.transaction():
                result = do_work(connection, item, entry.work, visiting)
        except RequestError as error:
            problems.append(Problem(pointer_to(index), str(error)))
        else:
            settled.append(Settled(item, Outcome.HANDLED, "", result))
    if problems:
        raise RefusedItemsError(sorted(problems))
    settled += unsettled({entry.key for entry in entries}, listed, present)
    store.save_settled(connection, inspection_stop_id, settled)
    detail = {
        "inspection_stop_id": inspection_stop_id,
        "restaurant_id": stop.restaurant_id,
        "items": {one.item.key: {"outcome": one.outcome, **one.result} for one in settled},
    }
    _record(connection, inspection_plan_id, "stop_visited", detail, actor=actor.name, now=now)
    _settle(connection, plan, stop, StopState.VISITED, note=note, actor=actor.name, now=now)
    return settled


def _settle(
    connection: Connection,
    plan: Plan,
    stop: Stop,
    state: StopState,
    *,
    note: str,
    actor: str,
    now: datetime,
) -> None:
    """Write how a stop ended; with the last one the plan is done."""
    left = store.settle_stops(
        connection, plan.inspection_plan_id, stop.inspection_stop_id, state,
        note=note, by=actor, now=now,
    )  # fmt: skip
    if left == 0:
        done = step(plan.state, Act.FINISH).target
        store.update_plan(connection, plan.inspection_plan_id, done, now)
        _record(connection, plan.inspection_plan_id, "done", {}, actor=actor, now=now)


def _take(connection: Connection, inspection_plan_id: int, act: Act) -> tuple[Plan, Transition]:
    plan = store.lock_plan(connection, inspection_plan_id)
    if plan is None:
        raise NotFoundError(f"there is no inspection plan {inspection_plan_id}")
    return plan, step(plan.state, act)


def _take_stop(
    connection: Connection, inspection_plan_id: int, inspection_stop_id: int, act: Act
) -> tuple[Plan, Transition, Stop]:
    plan, taken = _take(connection, inspection_plan_id, act)
    stop = store.select_stop(connection, inspection_plan_id, inspection_stop_id)
    if stop is None:
        raise NotFoundError(
            f"inspection plan {inspection_plan_id} has no stop {inspection_stop_id}"
        )
    check_open(stop.state)
    return plan, taken, stop


def _lock_order(key: str) -> tuple[bool, int]:
    duty, _, number = key.partition(":")
    return duty != "ticket", int(number)


def _record(
    connection: Connection,
    inspection_plan_id: int,
    what: str,
    detail: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"inspection_plan.{what}",
        subject_kind="inspection_plan",
        subject_id=str(inspection_plan_id),
        detail=detail,
    )
