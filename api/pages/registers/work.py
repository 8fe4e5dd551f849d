"""Alerts, tickets, complaints and inspection plans, each as a page with what may be done now."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from alerts.tickets import lifecycle
from api.access.guard import GuardedRoute
from api.alerts.routes import get_alert
from api.alerts.schemas import ReviewOrder
from api.complaints.intake.routes import list_match_candidates
from api.complaints.intake.schemas import DuplicateOrder, MatchOrder, TicketOrder
from api.complaints.routes import get_complaint
from api.complaints.schemas import Complaint
from api.dependencies import CallerDep, NowDep, TransactionDep
from api.inspection_plans.routes import get_inspection_plan
from api.inspection_plans.schemas import ReasonOrder
from api.pages.registers import columns
from api.pages.registers.controls import controls_of, controls_of_action
from api.pages.registers.detail import history, show_detail
from api.pages.registers.parts import Column, Control, Form, Section
from api.schemas import BigId
from api.tickets.routes import get_ticket
from api.units.routes import list_units

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)


@router.get("/alerts/{alert_id}")
def show_alert(
    *, request: Request, connection: TransactionDep, now: NowDep, alert_id: BigId
) -> Response:
    """An alert: a lead until somebody has reviewed it."""
    found = get_alert(connection, alert_id, now)
    controls = controls_of(
        ReviewOrder,
        *("verdict", "reviewer", "basis", "legal_reviewer", "technical_reviewer", "note"),
        contexts={"verdict": "review verdict"},
    )
    form = Form("review", "review_alert", "post", f"/api/v1/alerts/{alert_id}/reviews", controls)
    sections = [
        Section("reviews", columns.REVIEWS, found.reviews),
        Section("events", columns.ALERT_EVENTS, found.events),
    ]
    return show_detail(
        request,
        "alerts",
        f"{alert_id}",
        columns.ALERT,
        found.alert,
        forms=[form],
        sections=sections,
        subtitle=(found.alert, "rule_name"),
    )


@router.get("/tickets/{ticket_id}")
def show_ticket(
    *, request: Request, connection: TransactionDep, caller: CallerDep, ticket_id: BigId
) -> Response:
    """A ticket: its clocks, what happened to it, its files, and what its reader may do now."""
    found = get_ticket(connection=connection, response=Response(), ticket_id=ticket_id)
    ticket = found.ticket
    path = f"/api/v1/tickets/{ticket_id}/transitions"
    units = [unit for unit in list_units(connection) if unit.is_active]
    forms = [
        Form(
            transition.action,
            "create_transition",
            "post",
            path,
            controls_of_action(transition, units),
            ticket.version,
        )
        for transition in lifecycle.available_actions(
            ticket.state, caller.capacities(ticket.owner_unit)
        )
    ]
    files = (
        Column("sha256", address=f"/api/v1/tickets/{ticket_id}/attachments/{{sha256}}"),
        *columns.FILES[1:],
    )
    sections = [
        Section("clocks", columns.CLOCKS, found.clocks),
        Section("events", columns.TICKET_EVENTS, found.events),
        Section("files", files, found.attachments),
    ]
    return show_detail(
        request,
        "tickets",
        f"{ticket_id}",
        columns.TICKET,
        ticket,
        forms=forms,
        sections=sections,
        form_context="ticket action",
        problem=ticket.problem,
        alert_ids=found.alert_ids,
        printable=True,
    )


@router.get("/complaints/{complaint_id}")
def show_complaint(request: Request, connection: TransactionDep, complaint_id: BigId) -> Response:
    """A complaint: whose it is, what it repeats, its ticket. Who reported is not shown here."""
    row = get_complaint(connection, complaint_id)
    candidates = list_match_candidates(connection, complaint_id)
    match = f"/api/v1/complaints/{complaint_id}/match"
    confirmations = {
        candidate.restaurant_id: Form(
            "confirm",
            "decide_match",
            "post",
            match,
            (
                Control("decision", "hidden", "confirm"),
                Control("restaurant_id", "hidden", candidate.restaurant_id),
            ),
        )
        for candidate in candidates
        if row.restaurant_id != candidate.restaurant_id or row.match_state == "suggested"
    }
    return show_detail(
        request,
        "complaints",
        f"{complaint_id}",
        columns.COMPLAINT,
        row,
        forms=_complaint_forms(row),
        sections=[
            Section("candidates", columns.CANDIDATES, candidates),
            *history(request, connection, "complaint", complaint_id),
        ],
        row_forms=confirmations,
    )


def _complaint_forms(row: Complaint) -> list[Form]:
    path = f"/api/v1/complaints/{row.complaint_id}"
    forms = []
    if row.restaurant_id is not None:
        reject = (
            Control("decision", "hidden", "reject"),
            *controls_of(MatchOrder, "reason"),
        )
        forms.append(Form("reject_match", "decide_match", "post", f"{path}/match", reject))
    if row.duplicate_of is None:
        link = controls_of(DuplicateOrder, "duplicate_of", "reason")
        forms.append(Form("link_duplicate", "link_duplicate", "put", f"{path}/duplicate", link))
    else:
        forms.append(Form("undo_duplicate", "undo_duplicate", "delete", f"{path}/duplicate"))
    if row.ticket_id is None and row.restaurant_id is not None:
        ticket = controls_of(TicketOrder, "trap_id", "severity", contexts={"severity": "severity"})
        operation = "create_ticket_of_complaint"
        forms.append(Form("open_ticket", operation, "post", f"{path}/ticket", ticket))
    return forms


@router.get("/inspection-plans/{inspection_plan_id}")
def show_inspection_plan(
    *, request: Request, connection: TransactionDep, now: NowDep, inspection_plan_id: BigId
) -> Response:
    """An inspection plan with its stops in the order to drive."""
    found = get_inspection_plan(
        connection=connection, inspection_plan_id=inspection_plan_id, now=now
    )
    plan = found.plan
    path = f"/api/v1/inspection-plans/{inspection_plan_id}"
    forms = []
    if plan.state == "planned":
        forms.append(Form("start_plan", "start_inspection_plan", "post", f"{path}/start"))
    if plan.state in {"planned", "under_way"}:
        why = controls_of(ReasonOrder, "reason")
        cancel = Form("cancel_plan", "cancel_inspection_plan", "post", f"{path}/cancel", why)
        forms.append(cancel)
    return show_detail(
        request,
        "inspection_plans",
        f"{inspection_plan_id}",
        columns.PLAN,
        plan,
        forms=forms,
        sections=[Section("stops", columns.STOPS, found.stops)],
        printable=True,
    )
