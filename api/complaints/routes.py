"""Complaints over HTTP."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Response

from alerts.complaints import intake
from api.complaints import store
from api.complaints.schemas import Complaint, ComplaintOrder, ComplaintStatus, MatchStateName
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.idempotency import Answered, OnceDep
from api.moments import check_past
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Instant
from core.complaint_category import Category
from core.db import Connection
from core.errors import NotFoundError, RequestError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, to_us

router = strict_router("complaints")

TownFilter = Annotated[Code | None, Query(description="town code")]


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

    def make() -> Answered:
        window = timedelta(hours=services.settings.alerts.complaint_window_h)
        complaint_id = intake.receive(connection, new, actor=actor, now=now, window=window)
        headers = {"Location": f"/api/v1/complaints/{complaint_id}"}
        return Answered(201, _found(connection, complaint_id), headers)

    return once.answer(connection, make)


@router.get("/complaints/{complaint_id}")
def get_complaint(connection: TransactionDep, complaint_id: BigId) -> Complaint:
    """One complaint."""
    return _found(connection, complaint_id)


def _found(connection: Connection, complaint_id: int) -> Complaint:
    found = store.select_complaints(connection, complaint_id=complaint_id)
    if not found:
        raise NotFoundError(f"there is no complaint {complaint_id}")
    return found[0]
