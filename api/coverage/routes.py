"""Coverage over HTTP."""

from api.coverage import store
from api.coverage.rates import FORMULAS, TownFunnel, rates_of
from api.coverage.schemas import Coverage, Reason, TownCoverage, UncoveredRestaurant
from api.dependencies import NowDep, TransactionDep
from api.paging import Page, PagingDep
from api.routing import strict_router
from api.schemas import Code

router = strict_router("coverage")


@router.get("/coverage")
def get_coverage(connection: TransactionDep, now: NowDep) -> Coverage:
    """The funnel from registered to reporting good data, in restaurants, with its formulas."""
    county, *towns = store.select_coverage(connection, now)
    return Coverage(
        as_of=now,
        register_version=store.select_register_version(connection),
        newest_data=store.select_data_age(connection),
        funnel=county.funnel,
        rates=rates_of(county.funnel),
        formulas=FORMULAS,
        towns=[_town(town) for town in towns],
    )


@router.get("/coverage/uncovered")
def list_uncovered(
    *,
    connection: TransactionDep,
    now: NowDep,
    paging: PagingDep,
    town: Code | None = None,
    reason: Reason | None = None,
) -> Page[UncoveredRestaurant]:
    """Restaurants that should connect and deliver no good data: why, and since when."""
    (after_id,) = paging.key((0,))
    rows = store.select_uncovered(
        connection,
        now=now,
        town=town,
        reason=reason,
        after_id=after_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.restaurant_id,))


def _town(town: TownFunnel) -> TownCoverage:
    return TownCoverage(
        town_code=town.town_code or "",
        town_name=town.town_name or "",
        town_name_en=town.town_name_en or "",
        funnel=town.funnel,
        rates=rates_of(town.funnel),
    )
