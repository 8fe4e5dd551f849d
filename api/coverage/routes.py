"""Coverage over HTTP."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Path, Query

from alerts.coverage import freezing
from alerts.coverage.model import local_today
from api.coverage import history, store
from api.coverage.rates import FORMULAS, rates_of
from api.coverage.schemas import (
    Coverage,
    CoverageHistory,
    DataAge,
    DeviceDay,
    FrozenSpan,
    Reason,
    RegisterVersion,
    RevisionOrder,
    Span,
    TownCoverage,
    TypeCoverage,
    UncoveredRestaurant,
)
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.paging import Page, PagingDep
from api.routing import strict_router
from api.schemas import Code, Id, RestaurantType
from core.errors import InvalidRequestError, NotReadyError

router = strict_router("coverage")

_DAYS_DEFAULT = {"day": 92, "month": 760}
_DAYS_MAX = 3_660
FromDay = Annotated[date | None, Query(alias="from", description="first day, inclusive")]
ToDay = Annotated[date | None, Query(alias="to", description="last day, inclusive")]
Type = Annotated[RestaurantType | None, Query(alias="type", description="type of restaurant")]
Town = Annotated[Code | None, Query(description="town code")]


@router.get("/coverage")
def get_coverage(
    *, connection: TransactionDep, services: ServicesDep, restaurant_type: Type = None
) -> Coverage:
    """The funnel from registered to reporting good data, in restaurants, with its formulas."""
    state = store.select_state(connection)
    if state is None:
        raise NotReadyError("nothing was counted yet: the alerts process does it every few seconds")
    county, *towns = store.select_coverage(connection, restaurant_type)
    return Coverage(
        as_of=state.as_of,
        register_version=RegisterVersion(
            restaurant_count=state.restaurant_count, updated_at=state.register_updated_at
        ),
        newest_data=DataAge(received_at=state.received_at, good_received_at=state.good_received_at),
        funnel=county.funnel,
        rates=rates_of(county.funnel),
        formulas=FORMULAS,
        target=services.settings.api.coverage_target,
        towns=[
            TownCoverage(
                town_code=town.town_code or "",
                town_name=town.town_name or "",
                town_name_en=town.town_name_en or "",
                funnel=town.funnel,
                rates=rates_of(town.funnel),
            )
            for town in towns
        ],
        types=[
            TypeCoverage(
                restaurant_type=row.restaurant_type, funnel=row.funnel, rates=rates_of(row.funnel)
            )
            for row in store.select_coverage_by_type(connection)
        ],
    )


@router.get("/coverage/uncovered")
def list_uncovered(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: Town = None,
    reason: Reason | None = None,
) -> Page[UncoveredRestaurant]:
    """Restaurants that should connect and deliver no good data: why, and since when."""
    (after_id,) = paging.key((0,))
    rows = store.select_uncovered(
        connection,
        town_id=store.select_town_id(connection, town),
        reason=reason,
        after_id=after_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.restaurant_id,))


@router.get("/coverage/history")
def get_coverage_history(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    now: NowDep,
    span: Span = "day",
    from_day: FromDay = None,
    to_day: ToDay = None,
    town: Town = None,
    restaurant_type: Type = None,
    all_revisions: Annotated[bool, Query(description="not only the newest of each")] = False,
) -> CoverageHistory:
    """Days or months as they were frozen, with the target."""
    first, last = _days(from_day, to_day, local_today(now), _DAYS_DEFAULT[span])
    rows = store.select_history(
        connection,
        span,
        first=first,
        last=last,
        town_id=store.select_town_id(connection, town),
        restaurant_type=restaurant_type,
        all_revisions=all_revisions,
    )
    return CoverageHistory(
        span=span,
        town=town,
        restaurant_type=restaurant_type,
        target=services.settings.api.coverage_target,
        formulas=[*FORMULAS, *history.FORMULAS],
        items=[history.answer_of(row) for row in rows],
    )


@router.get("/coverage/device-days")
def list_device_days(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    from_day: FromDay = None,
    to_day: ToDay = None,
    town: Town = None,
    restaurant: Annotated[Id | None, Query(description="restaurant_id")] = None,
    device: Annotated[Id | None, Query(description="device_id")] = None,
) -> Page[DeviceDay]:
    """What was expected of each device on each day, and what came; by default yesterday."""
    yesterday = local_today(now) - timedelta(days=1)
    first, last = _days(from_day, to_day, yesterday, 1)
    after_day, after_id = paging.key((first.toordinal(), 0))
    rows = store.select_device_days(
        connection,
        first=first,
        last=last,
        town_id=store.select_town_id(connection, town),
        restaurant_id=restaurant,
        device_id=device,
        after=(date.fromordinal(after_day), after_id),
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.day.toordinal(), row.device_id))


@router.post("/coverage/months/{month}/revisions", status_code=201)
def create_month_revision(
    *,
    connection: TransactionDep,
    month: Annotated[str, Path(pattern=r"^\d{4}-\d{2}$", description="YYYY-MM")],
    order: RevisionOrder,
    actor: ActorDep,
    now: NowDep,
) -> FrozenSpan:
    """Compute a frozen month again, with what came late; refused where nothing differs."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise InvalidRequestError("month: there is no such month") from None
    freezing.revise_month(connection, first, reason=order.reason, actor=actor, now=now)
    rows = store.select_history(
        connection,
        "month",
        first=first,
        last=first,
        town_id=None,
        restaurant_type=None,
        all_revisions=False,
    )
    return history.answer_of(rows[-1])


def _days(
    from_day: date | None, to_day: date | None, last_default: date, days_default: int
) -> tuple[date, date]:
    last = to_day or last_default
    try:
        first = from_day or last - timedelta(days=days_default - 1)
    except OverflowError:
        raise InvalidRequestError("to: too far in the past") from None
    if first > last:
        raise InvalidRequestError("from: must not be later than to")
    if (last - first).days > _DAYS_MAX:
        raise InvalidRequestError(f"from, to: at most {_DAYS_MAX} days")
    return first, last
