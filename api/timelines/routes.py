"""Timelines over HTTP."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from api.dependencies import NowDep, TransactionDep
from api.paging import ID_MAX, PagingDep
from api.routing import strict_router
from api.schemas import Id, Instant
from api.timelines import store
from api.timelines.schemas import Lane, Timeline
from core.errors import InvalidRequestError, NotFoundError
from core.instant import INSTANT_MAX_US, to_us

router = strict_router("timelines")

_DAYS_DEFAULT = timedelta(days=90)


@router.get("/restaurants/{restaurant_id}/timeline")
def get_timeline(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    restaurant_id: Id,
    from_at: Annotated[
        Instant | None, Query(alias="from", description="inclusive; default: 90 days before `to`")
    ] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive; now")] = None,
    lane: Lane | None = None,
) -> Timeline:
    """Readings by day, alerts, tickets, jobs, manifests, inspections, complaints in one order."""
    before = paging.key((INSTANT_MAX_US, 0, ID_MAX))
    try:
        to_at = to_at or now
        from_at = from_at or to_at - _DAYS_DEFAULT
    except OverflowError:
        raise InvalidRequestError("to: too far in the past") from None
    if from_at >= to_at:
        raise InvalidRequestError("from must be before to")
    if not store.has_restaurant(connection, restaurant_id):
        raise NotFoundError(f"there is no restaurant {restaurant_id}")
    rows = store.select_timeline(
        connection,
        restaurant_id,
        from_at=from_at,
        to_at=to_at,
        lane=lane,
        before=(before[0], before[1], before[2]),
        count_max=paging.fetch_count,
    )
    page = paging.page(rows, lambda row: (to_us(row.at), store.lane_number(row.lane), row.entry_id))
    return Timeline(
        restaurant_id=restaurant_id, from_at=from_at, to_at=to_at, items=page.items, next=page.next
    )
