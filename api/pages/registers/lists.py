"""The registers' lists that no number of the command centre leads to."""

from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from alerts.claims.model import Verdict
from api.access.guard import GuardedRoute
from api.claims.routes import list_claims
from api.dead_letters.routes import list_dead_letters
from api.dead_letters.schemas import COUNT_MAX, selection_of
from api.dependencies import TransactionDep
from api.inspection_plans.routes import list_inspection_plans
from api.inspection_plans.schemas import PlanState
from api.pages.lists import Optional
from api.pages.registers import columns
from api.pages.registers.parts import Column, Control, Form
from api.pages.templates import page
from api.paging import Page, PagingDep
from api.registry.routes import list_gateways, list_traps
from api.registry.store import select_towns
from api.rules.routes import list_rules
from api.schemas import Code
from api.webhooks.routes import list_deliveries, list_webhooks
from api.webhooks.schemas import DeliveryState
from core.db import Connection
from core.dead_letters.model import State
from core.dead_letters.store import select_ids_to_settle

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)


def _list(
    request: Request,
    code: str,
    shown: tuple[Column, ...],
    rows: Page[Any],
    *filters: Control,
    **more: Any,
) -> Response:
    chosen: Mapping[str, Any] = {one.name: one.value for one in filters}
    return page(
        request,
        "registers/list.html",
        mode="lookup",
        code=code,
        columns=shown,
        rows=rows,
        filters=filters,
        chosen=chosen,
        **more,
    )


def _town_filter(connection: TransactionDep, town: str | None) -> Control:
    return Control("town", "pick", town, rows=select_towns(connection))


@router.get("/traps")
def show_traps(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    town: Optional[Code] = None,
    code: Optional[Code] = None,
) -> Response:
    """Traps by number."""
    rows = list_traps(connection=connection, paging=paging, town=town, code=code, restaurant=None)
    filters = (_town_filter(connection, town), Control("code", value=code))
    return _list(request, "traps", columns.TRAPS, rows, *filters, export="traps")


@router.get("/gateways")
def show_gateways(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    town: Optional[Code] = None,
    online: Optional[bool] = None,
) -> Response:
    """Gateways by number."""
    rows = list_gateways(connection=connection, paging=paging, town=town, online=online)
    filters = (_town_filter(connection, town), Control("online", "switch", online))
    return _list(request, "gateways", columns.GATEWAYS, rows, *filters)


@router.get("/rules")
def show_rules(request: Request, connection: TransactionDep) -> Response:
    """The rules in force."""
    return _list(request, "rules", columns.RULES, list_rules(connection))


@router.get("/webhooks")
def show_webhooks(request: Request, connection: TransactionDep, paging: PagingDep) -> Response:
    """Endpoints by number."""
    rows = list_webhooks(connection, paging)
    return _list(request, "webhooks", columns.WEBHOOKS, rows)


@router.get("/deliveries")
def show_deliveries(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    state: Optional[DeliveryState] = None,
) -> Response:
    """Deliveries of all endpoints, newest first; dead ones can be sent again."""
    rows = list_deliveries(connection, paging, state)
    states = get_args(DeliveryState)
    chosen = Control("state", "choice", state, context="delivery state", choices=states)
    forms = {
        row.delivery_id: Form(
            "replay",
            "replay_webhook_delivery",
            "post",
            f"/api/v1/webhook-deliveries/{row.delivery_id}/replay",
        )
        for row in rows.items
        if row.state == "dead"
    }
    return _list(request, "deliveries", columns.DELIVERIES, rows, chosen, row_forms=forms)


@router.get("/dead-letters")
def show_dead_letters(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    state: Optional[State] = None,
    reason: Optional[Code] = None,
    gateway: Optional[Code] = None,
) -> Response:
    """Messages that no codec took, and how to settle all that are filtered."""
    rows = list_dead_letters(
        connection=connection, paging=paging, state=state, reason=reason, gateway=gateway
    )
    filters = (
        Control("state", "choice", state, context="dead letter state", choices=get_args(State)),
        Control("reason", value=reason),
        Control("gateway", value=gateway),
    )
    is_narrowed = (reason or gateway) and state in {None, "kept"}
    return _list(
        request,
        "dead_letters",
        columns.DEAD_LETTERS,
        rows,
        *filters,
        count=_count_kept(connection, reason, gateway) if is_narrowed else None,
        forms=_settling(reason, gateway),
    )


def _count_kept(connection: Connection, reason: str | None, gateway: str | None) -> int:
    selection = selection_of(reason, gateway, None, None)
    return len(select_ids_to_settle(connection, selection, COUNT_MAX))


def _settling(reason: str | None, gateway: str | None) -> list[Form]:
    """Return what may be done to all kept ones that fit."""
    given = {"reason": reason, "gateway": gateway}
    controls = tuple(Control(name, "hidden", value) for name, value in given.items() if value)
    path = "/api/v1/dead-letters"
    return [
        Form(
            "replay_them", "replay_dead_letters", "post", f"{path}/replays", controls, confirm=True
        ),
        Form(
            "discard_them",
            "discard_dead_letters",
            "post",
            f"{path}/discards",
            controls,
            confirm=True,
        ),
    ]


@router.get("/claims")
def show_claims(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    town: Optional[Code] = None,
    verdict: Optional[Verdict] = None,
) -> Response:
    """Claims that were made, newest first."""
    rows = list_claims(connection=connection, paging=paging, town=town, verdict=verdict)
    verdicts = get_args(Verdict)
    filters = (
        _town_filter(connection, town),
        Control("verdict", "choice", verdict, context="claim verdict", choices=verdicts),
    )
    return _list(request, "claims", columns.CLAIMS, rows, *filters)


@router.get("/inspection-plans")
def show_inspection_plans(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    town: Optional[Code] = None,
    state: Optional[PlanState] = None,
) -> Response:
    """Inspection plans, newest first."""
    rows = list_inspection_plans(connection=connection, paging=paging, town=town, state=state)
    states = get_args(PlanState)
    filters = (
        _town_filter(connection, town),
        Control("state", "choice", state, context="plan state", choices=states),
    )
    return _list(request, "inspection_plans", columns.PLANS, rows, *filters)
