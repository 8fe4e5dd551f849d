"""The intake-change log over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from alerts.intake_changes import actions
from alerts.intake_changes.model import NewIntakeChange
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.intake_changes import store
from api.intake_changes.schemas import IntakeChange, IntakeChangeOrder
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import Id, Instant
from core.db import Connection
from core.errors import InvalidRequestError, NotFoundError, RequestError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, to_us

router = strict_router("complaints")


@router.get("/complaints/intake-changes")
def list_intake_changes(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    from_at: Annotated[Instant | None, Query(alias="from", description="inclusive")] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive")] = None,
) -> Page[IntakeChange]:
    """Changes in how complaints come in, the last to take effect first."""
    before_us, before_id = paging.key((INSTANT_MAX_US, ID_MAX))
    if not INSTANT_MIN_US <= before_us <= INSTANT_MAX_US:
        raise RequestError("after: not a cursor of this list")
    rows = store.select_intake_changes(
        connection,
        from_at=from_at,
        to_at=to_at,
        before_us=before_us,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (to_us(row.at), row.intake_change_id))


@router.post("/complaints/intake-changes", status_code=201)
def create_intake_change(
    *,
    connection: TransactionDep,
    response: Response,
    order: IntakeChangeOrder,
    actor: ActorDep,
    now: NowDep,
) -> IntakeChange:
    """Put a change on record; a correction is a further entry."""
    if not INSTANT_MIN_US <= to_us(order.at) < INSTANT_MAX_US:
        raise InvalidRequestError("at: a moment between 1970 and 2106 expected")
    change = NewIntakeChange(**order.model_dump())
    number = actions.add_intake_change(connection, change, actor, now)
    response.headers["Location"] = f"/api/v1/complaints/intake-changes/{number}"
    return _found(connection, number)


@router.get("/complaints/intake-changes/{intake_change_id}")
def get_intake_change(connection: TransactionDep, intake_change_id: Id) -> IntakeChange:
    """One entry."""
    return _found(connection, intake_change_id)


def _found(connection: Connection, intake_change_id: int) -> IntakeChange:
    found = store.select_intake_changes(connection, intake_change_id=intake_change_id)
    if not found:
        raise NotFoundError(f"there is no intake change {intake_change_id}")
    return found[0]
