"""Complaints over HTTP."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, StringConstraints

from alerts.complaints import intake
from api.complaints import store
from api.complaints.schemas import (
    Category,
    Complaint,
    ComplaintOrder,
    ComplaintStatus,
    ComplaintTrend,
    MatchStateName,
    TrendMonth,
)
from api.complaints.trend import Month, MonthCount, months_between, trend
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.idempotency import OnceDep
from api.moments import check_past
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Instant
from core.db import Connection
from core.errors import InvalidRequestError, NotFoundError, RequestError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, to_us

router = strict_router("complaints")

TownFilter = Annotated[Code | None, Query(description="town code")]
MonthText = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]

_MONTHS_DEFAULT = 24
_MONTHS_MAX = 120


@router.get("/complaints")
def list_complaints(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: TownFilter = None,
    category: Category | None = None,
    restaurant: Annotated[Id | None, Query(description="restaurant_id")] = None,
    status: ComplaintStatus | None = None,
    match_state: MatchStateName | None = None,
    from_at: Annotated[Instant | None, Query(alias="from", description="inclusive")] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive")] = None,
) -> Page[Complaint]:
    """Complaints, newest first by the time they were received."""
    before_us, before_id = paging.key((INSTANT_MAX_US, ID_MAX))
    if not INSTANT_MIN_US <= before_us <= INSTANT_MAX_US:
        raise RequestError("after: not a cursor of this list")
    rows = store.select_complaints(
        connection,
        town=town,
        category=category,
        restaurant_id=restaurant,
        status=status,
        match_state=match_state,
        from_at=from_at,
        to_at=to_at,
        before_us=before_us,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (to_us(row.received_at), row.complaint_id))


@router.post("/complaints", status_code=201, response_model=Complaint)
def create_complaint(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    order: ComplaintOrder,
    actor: ActorDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Enter a complaint; its restaurant, its town and what it repeats are looked for."""
    new = order.new(now)
    check_past("received_at", new.received_at, now)

    def make() -> tuple[BaseModel, Mapping[str, str]]:
        window = timedelta(hours=services.settings.alerts.complaint_window_h)
        complaint_id = intake.receive(connection, new, actor=actor, now=now, window=window)
        headers = {"Location": f"/api/v1/complaints/{complaint_id}"}
        return _found(connection, complaint_id), headers

    return once.answer(make, status=201)


@router.get("/complaints/trend")
def get_complaint_trend(
    *,
    connection: TransactionDep,
    now: NowDep,
    first: Annotated[MonthText | None, Query(alias="from", description="first month")] = None,
    last: Annotated[MonthText | None, Query(alias="to", description="last month")] = None,
    town: TownFilter = None,
    category: Category | None = None,
    exclude_fume: Annotated[
        bool | None, Query(description="default: true, unless category is fume")
    ] = None,
) -> ComplaintTrend:
    """Complaints by month with 同比 and 环比; the last 24 months unless told otherwise."""
    current = Month.of(now)
    months = _months(first, last, current)
    if exclude_fume is None:
        exclude_fume = category != "fume"
    elif exclude_fume and category == "fume":
        raise InvalidRequestError("category fume and exclude_fume leave nothing to count")
    counted = store.count_by_month(
        connection,
        first_day=months[0].plus(-12).first_day,
        end_day=months[-1].plus(1).first_day,
        now=now,
        town=town,
        category=category,
        exclude_fume=exclude_fume,
    )
    by_month = {row.month: row for row in counted}
    counts = {
        Month.parse(row.month): MonthCount(
            row.complaint_count, row.deduplicated, row.count_to_date, row.deduplicated_to_date
        )
        for row in counted
    }
    restaurant_count = store.count_open_restaurants(connection, town)
    answer = []
    for point in trend(counts, months, current, restaurant_count):
        row = by_month.get(point.month)
        answer.append(
            TrendMonth(
                month=point.month,
                partial=point.partial,
                all=point.all,
                deduplicated=point.deduplicated,
                fume_count=row.fume_count if row else 0,
                fume_deduplicated=row.fume_deduplicated if row else 0,
            )
        )
    return ComplaintTrend(
        as_of=now,
        town=town,
        category=category,
        exclude_fume=exclude_fume,
        restaurant_count=restaurant_count,
        months=answer,
    )


@router.get("/complaints/{complaint_id}")
def get_complaint(connection: TransactionDep, complaint_id: BigId) -> Complaint:
    """One complaint."""
    return _found(connection, complaint_id)


def _months(first: str | None, last: str | None, current: Month) -> list[Month]:
    try:
        end = Month.parse(last) if last else current
        start = Month.parse(first) if first else end.plus(1 - _MONTHS_DEFAULT)
        start.plus(-12)
    except ValueError:
        raise InvalidRequestError("from, to: no such month") from None
    if end > current:
        raise InvalidRequestError(f"to: {end} has not begun")
    if start > end:
        raise InvalidRequestError("from: must not be later than to")
    months = months_between(start, end)
    if len(months) > _MONTHS_MAX:
        raise InvalidRequestError(f"from, to: at most {_MONTHS_MAX} months")
    return months


def _found(connection: Connection, complaint_id: int) -> Complaint:
    found = store.select_complaints(connection, complaint_id=complaint_id)
    if not found:
        raise NotFoundError(f"there is no complaint {complaint_id}")
    return found[0]
