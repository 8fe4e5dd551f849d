"""Lists behind the numbers: alerts, tickets, restaurants, devices, complaints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator, StringConstraints

from alerts.statistics.month import Month
from alerts.tickets.sla.policy import ClockKind
from api.access.guard import GuardedRoute
from api.alerts.routes import list_alerts
from api.alerts.schemas import AlertStatus
from api.complaints.routes import list_complaints
from api.dependencies import NowDep, TransactionDep
from api.exports.datasets import DatasetName
from api.pages import store
from api.pages.board import PERIOD, midnight_after
from api.pages.templates import page
from api.paging import PagingDep
from api.registry.routes import list_devices
from api.registry.schemas import DeviceStatus
from api.registry.store import select_towns
from api.schemas import Code, Severity
from api.tickets.routes import list_tickets
from api.tickets.schemas import TicketState
from core.complaint_category import Category

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

#: Stages of the coverage funnel in order; a step of it holds those from its place on.
_STAGES = ("no_trap", "no_device", "not_commissioned", "silent", "bad_data", "good")
_PLACE = {
    "should_connect": 0,
    "installed": 2,
    "commissioned": 3,
    "online": 4,
    "reporting_good": 5,
}

Step = Literal["should_connect", "installed", "commissioned", "online", "reporting_good"]
#: Those that a rate counts below its line and not above it.
Missing = Literal["installed", "commissioned", "online", "reporting_good"]
_OUT_OF: Mapping[Missing, Step] = {
    "installed": "should_connect",
    "commissioned": "should_connect",
    "online": "commissioned",
    "reporting_good": "commissioned",
}
Due = Literal["overdue", "today", "resolve"]

MonthText = Annotated[str, StringConstraints(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]
_Value = TypeVar("_Value")
#: A field of a form that nobody filled in arrives empty.
Optional = Annotated[_Value | None, BeforeValidator(lambda value: None if value == "" else value)]


@router.get("/alerts")
def show_alerts(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    status: Optional[AlertStatus] = None,
    severity: Optional[Severity] = None,
    town: Optional[Code] = None,
    rule: Optional[Code] = None,
) -> Response:
    """Alerts, newest first."""
    rows = list_alerts(
        connection=connection,
        paging=paging,
        now=now,
        status=status,
        severity=severity,
        town=town,
        trap=None,
        rule=rule,
        acked=None,
    )
    chosen = {"status": status, "severity": severity, "town": town, "rule": rule}
    towns = select_towns(connection)
    return _list(request, "alerts", mode="warn", rows=rows, towns=towns, chosen=chosen)


@router.get("/tickets")
def show_tickets(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    state: Optional[TicketState] = None,
    active: Optional[bool] = None,
    severity: Optional[Severity] = None,
    town: Optional[Code] = None,
    due: Optional[Due] = None,
) -> Response:
    """Tickets, newest first; ``due`` as the command centre counts them."""
    due_from, due_before, clock = _span(due, now)
    rows = list_tickets(
        connection=connection,
        paging=paging,
        state=state,
        active=active,
        severity=severity,
        problem=None,
        town=town,
        trap=None,
        unit=None,
        due_from=due_from,
        due_before=due_before,
        clock=clock,
    )
    chosen = {"state": state, "active": active, "severity": severity, "town": town, "due": due}
    towns = select_towns(connection)
    return _list(request, "tickets", mode="warn", rows=rows, towns=towns, chosen=chosen)


@router.get("/restaurants")
def show_restaurants(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    town: Optional[Code] = None,
    step: Optional[Step] = None,
    missing: Optional[Missing] = None,
) -> Response:
    """Restaurants by number: all, those that reached a step of the funnel, those that miss it."""
    (after_id,) = paging.key((0,))
    stages = None
    if step is not None:
        stages = list(_STAGES[_PLACE[step] :])
    elif missing is not None:
        stages = list(_STAGES[_PLACE[_OUT_OF[missing]] : _PLACE[missing]])
    places = store.select_places(
        connection, town=town, stages=stages, after_id=after_id, count_max=paging.fetch_count
    )
    rows = paging.page(places, lambda row: (row.restaurant_id,))
    chosen = {"town": town, "step": step, "missing": missing}
    towns = select_towns(connection)
    return _list(request, "restaurants", mode="lookup", rows=rows, towns=towns, chosen=chosen)


@router.get("/devices")
def show_devices(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    status: Optional[DeviceStatus] = None,
) -> Response:
    """Devices by number, also those that wait to be assigned to a trap."""
    rows = list_devices(
        connection=connection, paging=paging, uid=None, status=status, trap=None, gateway=None
    )
    return _list(request, "devices", mode="patrol", rows=rows, chosen={"status": status})


@router.get("/complaints")
def show_complaints(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    town: Optional[Code] = None,
    category: Optional[Category] = None,
    month: Optional[MonthText] = None,
) -> Response:
    """Complaints, newest first; repeated ones and fume, which trends count apart, are marked."""
    of_month = None if month is None else Month.parse(month)
    rows = list_complaints(
        connection=connection,
        paging=paging,
        town=town,
        category=category,
        restaurant=None,
        from_at=None if of_month is None else of_month.begins_at,
        to_at=None if of_month is None else of_month.plus(1).begins_at,
    )
    chosen = {"town": town, "category": category, "month": month}
    return _list(
        request,
        "complaints",
        mode="warn",
        rows=rows,
        towns=select_towns(connection),
        categories=get_args(Category),
        chosen=chosen,
    )


def _list(request: Request, code: DatasetName, **context: Any) -> Response:
    """Return a register's page; its rows can be had as the dataset of the same name."""
    return page(request, f"lists/{code}.html", code=code, export=code, **context)


def _span(
    due: Due | None, now: datetime
) -> tuple[datetime | None, datetime | None, ClockKind | None]:
    """Return from when to when a clock must be due, and which; None: the running one."""
    if due == "overdue":
        return None, now, None
    if due == "today":
        return now, midnight_after(now), None
    if due == "resolve":
        return now - PERIOD, now, ClockKind.RESOLVE
    return None, None, None
