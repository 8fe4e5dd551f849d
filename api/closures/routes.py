"""Closures over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from alerts.closures import actions
from alerts.closures.store import NewClosure
from api.closures import store
from api.closures.schemas import Closure, ClosureOrder
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Instant
from core.db import Connection
from core.errors import NotFoundError

router = strict_router("closures")


@router.get("/closures")
def list_closures(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
    restaurant: Annotated[Id | None, Query(description="restaurant_id")] = None,
    from_at: Annotated[
        Instant | None, Query(alias="from", description="closed at or after it")
    ] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="closed before it")] = None,
) -> Page[Closure]:
    """Closures that overlap `from` to `to`, the last told first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_closures(
        connection,
        town=town,
        restaurant_id=restaurant,
        from_at=from_at,
        to_at=to_at,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.closure_id,))


@router.get("/closures/{closure_id}")
def get_closure(connection: TransactionDep, closure_id: BigId) -> Closure:
    """One closure."""
    return _found(connection, closure_id)


@router.post("/closures", status_code=201)
def create_closure(
    *,
    connection: TransactionDep,
    response: Response,
    order: ClosureOrder,
    actor: ActorDep,
    now: NowDep,
) -> Closure:
    """Tell that a restaurant does not open for a while."""
    closure = NewClosure(**order.model_dump())
    closure_id = actions.add_closure(connection, closure, actor, now)
    response.headers["Location"] = f"/api/v1/closures/{closure_id}"
    return _found(connection, closure_id)


def _found(connection: Connection, closure_id: int) -> Closure:
    found = store.select_closures(connection, closure_id=closure_id)
    if not found:
        raise NotFoundError(f"there is no closure {closure_id}")
    return found[0]
