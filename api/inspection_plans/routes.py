"""Inspection plans over HTTP. How they are made and settled stands in alerts.visits."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Response

from alerts.visits import actions, savings
from alerts.visits import store as visits
from alerts.visits.model import Duty, Outcome, Point
from alerts.visits.store import NewPlan
from api.dependencies import ActorDep, CallerDep, NowDep, TransactionDep
from api.idempotency import Answered, Once, OnceDep
from api.inspection_plans import store
from api.inspection_plans.schemas import (
    DutyCount,
    Plan,
    PlanOrder,
    PlanState,
    PlanSummary,
    ReasonOrder,
    SavingsReport,
    SettlementOrder,
    Share,
)
from api.moments import check_past
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Instant
from core.db import Connection
from core.errors import InvalidRequestError, NotFoundError, RefusedItemsError

router = strict_router("inspection-plans")


@router.get("/inspection-plans")
def list_inspection_plans(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
    day: date | None = None,
    state: PlanState | None = None,
) -> Page[PlanSummary]:
    """Plans, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_plans(
        connection,
        town=town,
        day=day,
        state=state,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.inspection_plan_id,))


@router.post("/inspection-plans", status_code=201, response_model=Plan)
def create_inspection_plan(
    *,
    connection: TransactionDep,
    order: PlanOrder,
    actor: ActorDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Bundle what is due in a town into one visit list, in the order to drive."""

    def make() -> Answered:
        town_id = visits.select_town(connection, order.town)
        if town_id is None:
            raise InvalidRequestError("town: there is no such town")
        start = order.start
        new = NewPlan(
            town_id,
            order.day,
            order.inspector,
            None if start is None else Point(start.lon_deg, start.lat_deg),
            order.stop_count_max,
            order.check_interval_days,
        )
        number = actions.create_plan(connection, new, actor=actor, now=now)
        headers = {"Location": f"/api/v1/inspection-plans/{number}"}
        return Answered(201, _found(connection, number, now), headers)

    return once.answer(connection, make)


@router.get("/inspection-plans/report")
def get_inspection_report(
    *,
    connection: TransactionDep,
    from_at: Annotated[Instant, Query(alias="from", description="inclusive")],
    to_at: Annotated[Instant, Query(alias="to", description="exclusive")],
    town: Annotated[Code | None, Query(description="town code")] = None,
) -> SavingsReport:
    """Visits that were made in a period against the separate ones that they stand for."""
    if from_at >= to_at:
        raise InvalidRequestError("from must be before to")
    found = savings.savings_of(visits.select_visits(connection, from_at, to_at, town))
    return SavingsReport(
        from_at=from_at,
        to_at=to_at,
        town=town,
        plan_count=found.plan_count,
        visit_count=found.visit_count,
        items=[
            DutyCount(
                duty=duty.value,
                handled_count=found.items.get((duty, Outcome.HANDLED), 0),
                left_open_count=found.items.get((duty, Outcome.LEFT_OPEN), 0),
                gone_count=found.items.get((duty, Outcome.GONE), 0),
            )
            for duty in Duty
        ],
        separate_visit_count=found.separate_visit_count,
        saved_visits=_share(found.saved_visit_count, found.separate_visit_count),
        driven_m=found.driven_m,
        separate_m=found.separate_m,
        saved_m=_share(found.separate_m - found.driven_m, found.separate_m),
        unlocated_visit_count=found.unlocated_visit_count,
    )


@router.get("/inspection-plans/{inspection_plan_id}")
def get_inspection_plan(
    *, connection: TransactionDep, inspection_plan_id: BigId, now: NowDep
) -> Plan:
    """One plan; at stops that are left it says what is gone or came up since it was made."""
    return _found(connection, inspection_plan_id, now)


@router.post("/inspection-plans/{inspection_plan_id}/start", response_model=Plan)
def start_inspection_plan(
    *,
    connection: TransactionDep,
    inspection_plan_id: BigId,
    actor: ActorDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """The crew has set out."""

    def act() -> None:
        actions.start(connection, inspection_plan_id, actor=actor, now=now)

    return _after(connection, once, inspection_plan_id, now, act)


@router.post("/inspection-plans/{inspection_plan_id}/cancel", response_model=Plan)
def cancel_inspection_plan(
    *,
    connection: TransactionDep,
    inspection_plan_id: BigId,
    order: ReasonOrder,
    actor: ActorDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Call a plan off; visits that were made stay."""

    def act() -> None:
        actions.cancel(connection, inspection_plan_id, reason=order.reason, actor=actor, now=now)

    return _after(connection, once, inspection_plan_id, now, act)


@router.post(
    "/inspection-plans/{inspection_plan_id}/stops/{inspection_stop_id}/skip", response_model=Plan
)
def skip_inspection_stop(
    *,
    connection: TransactionDep,
    inspection_plan_id: BigId,
    inspection_stop_id: BigId,
    order: ReasonOrder,
    actor: ActorDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Leave a stop out; what is due there stays due."""

    def act() -> None:
        actions.skip_stop(
            connection,
            inspection_plan_id,
            inspection_stop_id,
            reason=order.reason,
            actor=actor,
            now=now,
        )

    return _after(connection, once, inspection_plan_id, now, act)


@router.post(
    "/inspection-plans/{inspection_plan_id}/stops/{inspection_stop_id}/settle",
    response_model=Plan,
)
def settle_inspection_stop(
    *,
    connection: TransactionDep,
    inspection_plan_id: BigId,
    inspection_stop_id: BigId,
    order: SettlementOrder,
    caller: CallerDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Record a visit: everything that is due there is done or left open, or nothing is changed."""

    def act() -> None:
        _check_moments(order, now)
        actions.settle_stop(
            connection,
            inspection_plan_id,
            inspection_stop_id,
            [item.entry() for item in order.items],
            note=order.note,
            actor=caller,
            now=now,
        )

    return _after(connection, once, inspection_plan_id, now, act)


def _check_moments(order: SettlementOrder, now: datetime) -> None:
    """Refuse moments that cannot have been, each by where it stands."""
    problems: list[tuple[str, str]] = []
    for index, item in enumerate(order.items):
        try:
            if item.pump_out is not None:
                check_past("pumped_at", item.pump_out.pumped_at, now)
            if item.check is not None:
                check_past("inspected_at", item.check.inspected_at, now)
        except InvalidRequestError as error:
            problems.append((f"#/items/{index}", str(error)))
    if problems:
        raise RefusedItemsError(problems)


def _after(
    connection: Connection,
    once: Once,
    inspection_plan_id: int,
    now: datetime,
    act: Callable[[], None],
) -> Response:
    """Do something to a plan once; answer how it is then."""

    def make() -> Answered:
        act()
        return Answered(200, _found(connection, inspection_plan_id, now), {})

    return once.answer(connection, make)


def _found(connection: Connection, inspection_plan_id: int, now: datetime) -> Plan:
    plan = store.select_plan(connection, inspection_plan_id, now)
    if plan is None:
        raise NotFoundError(f"there is no inspection plan {inspection_plan_id}")
    return plan


def _share(numerator: float, denominator: float) -> Share:
    ratio = numerator / denominator if denominator else None
    return Share(numerator=numerator, denominator=denominator, ratio=ratio)
