"""Rainfall over HTTP: a weather service puts it, rules read it."""

from typing import Annotated

from fastapi import Query

from alerts.rainfall import actions
from alerts.rainfall.store import RainHour as StoredRainHour
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.moments import check_past
from api.paging import ID_MAX, Page, PagingDep
from api.rainfall import store
from api.rainfall.schemas import RainfallOrder, RainfallStored, RainHour
from api.routing import strict_router
from api.schemas import Code, Instant
from core.errors import RequestError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, to_us

router = strict_router("rainfall")


@router.get("/rainfall")
def list_rainfall(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
    from_at: Annotated[Instant | None, Query(alias="from", description="inclusive")] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive")] = None,
) -> Page[RainHour]:
    """Hours of rain, newest first."""
    before_us, before_id = paging.key((INSTANT_MAX_US, ID_MAX))
    if not INSTANT_MIN_US <= before_us <= INSTANT_MAX_US:
        raise RequestError("after: not a cursor of this list")
    rows = store.select_rainfall(
        connection,
        town=town,
        from_at=from_at,
        to_at=to_at,
        before_us=before_us,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (to_us(row.hour), row.town_id))


@router.put("/rainfall")
def put_rainfall(
    *, connection: TransactionDep, order: RainfallOrder, actor: ActorDep, now: NowDep
) -> RainfallStored:
    """Store hours of rain; an hour that is there already takes the new value."""
    for one in order.hours:
        check_past("hour", one.hour, now)
    hours = [StoredRainHour(one.town_id, one.hour, one.rain_mm) for one in order.hours]
    return RainfallStored(changed_count=actions.put_rainfall(connection, hours, actor, now))
