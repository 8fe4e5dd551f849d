"""The monthly report (月报): coverage, towns, tickets and complaints of one month, for print."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from alerts.claims.actions import claim_now
from alerts.claims.model import Claim
from alerts.claims.question import make_question
from alerts.statistics.month import Month
from api.access.guard import GuardedRoute
from api.coverage.routes import get_coverage_history
from api.coverage.schemas import FrozenSpan
from api.dependencies import NowDep, ServicesDep, TransactionDep
from api.pages.lists import MonthText
from api.pages.registers.chart import chart_of, interval_of
from api.pages.templates import page
from api.registry.schemas import Town
from api.registry.store import select_towns
from api.tickets.routes import get_ticket_indicators
from api.town_index.routes import get_town_index
from api.town_index.schemas import TownIndex
from api.trends.routes import get_complaint_trend
from core.db import Connection
from core.errors import InvalidRequestError, NotFoundError

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

#: The chart looks so far back; the first year of it is the baseline of its limits.
_CHART_MONTHS, _BASELINE_MONTHS = 24, 12


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A frozen month of a town, or of the county (no town); None: nothing was frozen."""

    town: Town | None
    frozen: FrozenSpan | None


@router.get("/reports")
def show_reports(now: NowDep) -> Response:
    """The report of the last month that is over."""
    return RedirectResponse(f"/reports/{Month.of(now).plus(-1)}", 303)


@router.get("/reports/{month}")
def show_report(
    *,
    request: Request,
    connection: TransactionDep,
    services: ServicesDep,
    now: NowDep,
    month: MonthText,
) -> Response:
    """One month on paper; what is not known of it is said to be not known."""
    of, current = Month.parse(month), Month.of(now)
    if of > current:
        raise NotFoundError(f"{month} has not begun")
    ends_at = min(of.plus(1).begins_at, now)
    trend = get_complaint_trend(
        connection=connection,
        now=now,
        first=str(of.plus(1 - _CHART_MONTHS)),
        last=month,
        baseline=f"{of.plus(1 - _CHART_MONTHS)}..{of.plus(_BASELINE_MONTHS - _CHART_MONTHS)}",
    )
    limits = trend.limits
    claim, refusal = _claim(connection, of, current, now)
    return page(
        request,
        "report.html",
        mode="lookup",
        month=month,
        previous=str(of.plus(-1)),
        following=str(of.plus(1)) if of < current else None,
        is_over=of < current,
        coverage=_coverage(connection, services, now, of),
        target=services.settings.api.coverage_target,
        index=_index(connection, services, now, month),
        indicators=get_ticket_indicators(
            connection=connection, from_at=of.begins_at, to_at=ends_at, now=now
        ),
        trend=trend,
        of_month=trend.months[-1],
        chart=chart_of(
            [row.deduplicated.count for row in trend.months],
            [bool(row.signals) for row in trend.months],
            limits.mean if limits else None,
            limits.lower if limits else None,
            limits.upper if limits else None,
        ),
        claim=claim,
        interval=None if claim is None else interval_of(claim),
        refusal=refusal,
    )


def _coverage(
    connection: Connection, services: ServicesDep, now: NowDep, month: Month
) -> list[CoverageLine]:
    first = month.first_day
    lines = []
    for town in (None, *select_towns(connection)):
        items = get_coverage_history(
            connection=connection,
            services=services,
            now=now,
            span="month",
            from_day=first,
            to_day=first,
            town=None if town is None else town.code,
        ).items
        lines.append(CoverageLine(town, items[-1] if items else None))
    return lines


def _index(
    connection: Connection, services: ServicesDep, now: NowDep, month: str
) -> TownIndex | None:
    try:
        return get_town_index(connection=connection, services=services, now=now, month=month)
    except NotFoundError:
        return None


def _claim(
    connection: Connection, month: Month, current: Month, now: NowDep
) -> tuple[Claim | None, str | None]:
    """Return what may be said of the month against the year before it, or why nothing may be."""
    baseline = f"{month.plus(-_BASELINE_MONTHS)}..{month.plus(-1)}"
    try:
        question = make_question(baseline=baseline, period=f"{month}..{month}", current=current)
        return claim_now(connection, question, now), None
    except InvalidRequestError as error:
        return None, str(error)
