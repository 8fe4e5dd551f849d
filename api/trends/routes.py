"""The trend of complaints over HTTP."""

from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

from alerts.schedules.holidays import load_calendar
from alerts.statistics.month import SHANGHAI, Month, begin_of, months_between
from alerts.statistics.xmr import BASELINE_COUNT_MIN
from api.dependencies import NowDep, TransactionDep
from api.intake_changes.store import select_intake_changes_between
from api.routing import strict_router
from api.schemas import Code
from api.trends import store
from api.trends.schemas import ComplaintTrend, TrendMonth
from api.trends.spring import SpringSeason, lunar_spans, spring_seasons
from api.trends.store import INSTANT, Filters, Span, SpanCount
from api.trends.trend import MonthCount, chart, trend
from core.complaint_category import Category
from core.db import Connection
from core.errors import InvalidRequestError

router = strict_router("complaints")

MonthText = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
SpanText = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])\.\.\d{4}-(0[1-9]|1[0-2])$")
]

_MONTHS_DEFAULT = 24
_MONTHS_MAX = 120


@router.get("/complaints/trend")
def get_complaint_trend(
    *,
    connection: TransactionDep,
    now: NowDep,
    first: Annotated[MonthText | None, Query(alias="from", description="first month")] = None,
    last: Annotated[MonthText | None, Query(alias="to", description="last month")] = None,
    town: Annotated[Code | None, Query(description="town code")] = None,
    category: Category | None = None,
    exclude_fume: Annotated[
        bool | None, Query(description="default: true, unless category is fume")
    ] = None,
    baseline: Annotated[
        SpanText | None,
        Query(description="months such as 2025-01..2025-12 whose XmR limits are drawn"),
    ] = None,
) -> ComplaintTrend:
    """Complaints by month with 同比 and 环比; the last 24 months unless told otherwise."""
    current = Month.of(now)
    months = _months(first, last, current)
    of_limits = _baseline(baseline, current) if baseline else []
    if exclude_fume is None:
        exclude_fume = category != "fume"
    elif exclude_fume and category == "fume":
        raise InvalidRequestError("category fume and exclude_fume leave nothing to count")
    filters = Filters(now, town, category, exclude_fume)
    # A season of the first month's year begins in a January, and looks back another year.
    begin = min([Month(months[0].year, 1).plus(-12), *of_limits])
    all_months = months_between(begin, max([months[-1], *of_limits]))
    by_month, counts = _count_months(connection, filters, all_months, current)
    found = chart(counts, of_limits, min(months[-1], current.plus(-1))) if of_limits else None
    signals = found.signals if found else {}
    restaurant_count = store.count_open_restaurants(connection, town)
    answer = []
    for point in trend(counts, months, current, restaurant_count):
        row = by_month[Month.parse(point.month)]
        answer.append(
            TrendMonth(
                month=point.month,
                partial=point.partial,
                all=point.all,
                deduplicated=point.deduplicated,
                repeated=point.repeated,
                fume_count=row.fume_count,
                fume_deduplicated=row.fume_deduplicated,
                signals=signals.get(point.month, ()),
            )
        )
    marks = select_intake_changes_between(
        connection, months[0].begins_at, months[-1].plus(1).begins_at
    )
    return ComplaintTrend(
        as_of=now,
        town=town,
        category=category,
        exclude_fume=exclude_fume,
        restaurant_count=restaurant_count,
        limits=found.limits if found else None,
        no_limits=None if found else "below_5_a_month" if of_limits else "no_baseline",
        months=answer,
        spring_festivals=_springs(connection, filters, months, counts),
        intake_changes=marks,
    )


def _count_months(
    connection: Connection, filters: Filters, months: list[Month], current: Month
) -> tuple[dict[Month, SpanCount], dict[Month, MonthCount]]:
    """Count months; those that the present one is compared with also as far as that one is."""
    bases = [current.plus(-12), current.plus(-1)] if current in months else []
    elapsed = filters.now + INSTANT - current.begins_at
    parts = [(begin, min(begin + elapsed, end)) for begin, end in map(_span, bases)]
    found = store.count_by_span(connection, filters, [*map(_span, months), *parts])
    whole = dict(zip(months, found[: len(months)], strict=True))
    to_date = whole | dict(zip(bases, found[len(months) :], strict=True))
    counts = {
        month: MonthCount(
            own.complaint_count,
            own.deduplicated,
            to_date[month].complaint_count,
            to_date[month].deduplicated,
        )
        for month, own in whole.items()
    }
    return whole, counts


def _span(month: Month) -> Span:
    return month.begins_at, month.plus(1).begins_at


def _springs(
    connection: Connection, filters: Filters, months: list[Month], counts: dict[Month, MonthCount]
) -> list[SpringSeason]:
    years = sorted({month.year for month in months if month.month <= 2})
    spans = lunar_spans(load_calendar().lunar_new_years, years)
    found = store.count_by_span(
        connection, filters, [(begin_of(first), begin_of(end)) for first, end in spans.values()]
    )
    lunar_counts = {
        days: (row.complaint_count, row.deduplicated)
        for days, row in zip(spans.values(), found, strict=True)
    }
    today = filters.now.astimezone(SHANGHAI).date()
    return spring_seasons(years, counts, spans, lunar_counts, today)


def _months(first: str | None, last: str | None, current: Month) -> list[Month]:
    try:
        end = Month.parse(last) if last else current
        start = Month.parse(first) if first else end.plus(1 - _MONTHS_DEFAULT)
        Month(start.year, 1).plus(-12)
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


def _baseline(text: str, current: Month) -> list[Month]:
    try:
        first, last = map(Month.parse, text.split(".."))
    except ValueError:
        raise InvalidRequestError("baseline: no such month") from None
    months = months_between(first, last)
    if not BASELINE_COUNT_MIN <= len(months) <= _MONTHS_MAX:
        raise InvalidRequestError(
            f"baseline: {BASELINE_COUNT_MIN} to {_MONTHS_MAX} months expected, in order"
        )
    if last >= current:
        raise InvalidRequestError(f"baseline: {last} is not over yet")
    return months
