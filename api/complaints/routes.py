"""Complaints over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from alerts.evidence import audit
from api.complaints import store
from api.complaints.schemas import Complaint, ComplaintOrder
from api.dependencies import ActorDep, NowDep, TransactionDep
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
        from_at=from_at,
        to_at=to_at,
        before_us=before_us,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (to_us(row.received_at), row.complaint_id))


@router.post("/complaints", status_code=201)
def create_complaint(
    *,
    connection: TransactionDep,
    response: Response,
    order: ComplaintOrder,
    actor: ActorDep,
    now: NowDep,
) -> Complaint:
    """Enter a complaint."""
    received_at = order.received_at or now
    check_past("received_at", received_at, now)
    complaint_id = store.insert_complaint(connection, order, now)
    assert complaint_id is not None, "INSERT returns the new number"
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="complaint.created",
        subject_kind="complaint",
        subject_id=str(complaint_id),
        detail=order.model_dump(mode="json", exclude_unset=True),
    )
    response.headers["Location"] = f"/api/v1/complaints/{complaint_id}"
    return _found(connection, complaint_id)


@router.get("/complaints/{complaint_id}")
def get_complaint(connection: TransactionDep, complaint_id: BigId) -> Complaint:
    """One complaint."""
    return _found(connection, complaint_id)


def _found(connection: Connection, complaint_id: int) -> Complaint:
    found = store.select_complaints(connection, complaint_id=complaint_id)
    if not found:
        raise NotFoundError(f"there is no complaint {complaint_id}")
    return found[0]
