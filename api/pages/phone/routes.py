"""The inspector's pages: my tickets, one ticket, the worker that keeps them, links into them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from alerts.complaints.positions import Position, to_gcj02
from alerts.webhooks.protection import deep_links_of
from api.access.guard import GuardedRoute
from api.access.model import PUBLIC
from api.alerts.routes import get_alert
from api.charts.routes import get_trap_chart
from api.dependencies import CallerDep, NowDep, ServicesDep, TransactionDep, WhoDep
from api.pages.phone import store
from api.pages.phone.forms import forms_of
from api.pages.sparkline import sparkline
from api.pages.templates import page
from api.registry.schemas import Restaurant
from api.registry.store import select_restaurants
from api.schemas import BigId, Code
from api.tickets.routes import get_ticket
from core.db import Connection
from core.errors import NotFoundError
from core.instant import to_us

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

#: As many are kept for places without a network.
_TICKET_COUNT_MAX = 40
_WORKER = (Path(__file__).parents[2] / "static" / "worker.js").read_bytes()


@router.get("/my")
def show_my_tickets(request: Request, connection: TransactionDep, who: WhoDep) -> Response:
    """My tickets (我的工单): what my unit has to do, by what is due first."""
    units = who.units or frozenset()
    tickets = store.select_my_tickets(connection, units, _TICKET_COUNT_MAX)
    named = [unit for code in sorted(units) if (unit := store.select_unit(connection, code))]
    return page(request, "phone/tickets.html", mode="my", tickets=tickets, units=named)


@router.get("/my/tickets/{ticket_id}")
def show_my_ticket(
    *,
    request: Request,
    connection: TransactionDep,
    services: ServicesDep,
    now: NowDep,
    caller: CallerDep,
    ticket_id: BigId,
) -> Response:
    """One ticket: where it is, what the sensor says, what I may do, with what it must carry."""
    context = _ticket(connection, now, ticket_id)
    ticket = context["ticket"]
    return page(
        request,
        "phone/ticket.html",
        mode="my",
        forms=forms_of(ticket.state, caller.capacities(ticket.owner_unit)),
        bytes_max=services.settings.evidence.attachment_bytes_max,
        **context,
    )


@router.get("/my/worker.js")
def get_worker() -> Response:
    """The service worker; it keeps what is below /my and the files of the pages, nothing else."""
    headers = {"Service-Worker-Allowed": "/my", "Cache-Control": "no-cache"}
    return Response(_WORKER, media_type="text/javascript", headers=headers)


@router.get("/q/{code}")
def open_trap(code: Code) -> Response:
    """What the QR code at a trap leads to."""
    return RedirectResponse(f"/traps/{code}", 303)


@router.get("/d/{token}")
def show_deep_link(
    *,
    request: Request,
    connection: TransactionDep,
    services: ServicesDep,
    now: NowDep,
    who: WhoDep,
    token: Code,
) -> Response:
    """What a link in a message shows: to whoever has it, for a while; then after a login."""
    links = deep_links_of(services.settings)
    link = None if links is None else links.read(token)
    if link is None:
        raise NotFoundError("there is no such link")
    is_closed = who is not PUBLIC or link.is_over(to_us(now))
    own_page = f"/my/tickets/{link.number}" if link.kind == "ticket" else f"/alerts/{link.number}"
    if is_closed:
        return RedirectResponse(own_page, 303)
    if link.kind == "ticket":
        context = _ticket(connection, now, link.number)
        return page(request, "phone/linked_ticket.html", own_page=own_page, link=link, **context)
    alert = get_alert(connection=connection, now=now, alert_id=link.number).alert
    return page(request, "phone/linked_alert.html", own_page=own_page, link=link, alert=alert)


def _ticket(connection: Connection, now: datetime, ticket_id: int) -> dict[str, Any]:
    found = get_ticket(connection=connection, response=Response(), ticket_id=ticket_id)
    chart = get_trap_chart(connection=connection, now=now, trap_id=found.ticket.trap_id, span="7d")
    owner = found.ticket.owner_unit
    (place,) = select_restaurants(connection, restaurant_id=found.ticket.restaurant_id)
    running = [clock for clock in found.clocks if clock.state == "running" and clock.due_at]
    return {
        "ticket": found.ticket,
        "clock": min(running, key=lambda clock: clock.due_at or now, default=None),
        "events": found.events,
        "place": place,
        "gcj02": _gcj02(place),
        "unit": None if owner is None else store.select_unit(connection, owner),
        "line": sparkline(chart),
    }


def _gcj02(place: Restaurant) -> Position | None:
    """Return where Chinese maps show a place."""
    if place.lon_deg is None or place.lat_deg is None:
        return None
    return to_gcj02(Position(place.lon_deg, place.lat_deg))
