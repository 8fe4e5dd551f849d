"""Tickets over HTTP. What may be done, and by what rules, stands in alerts.tickets."""

from typing import Annotated

from fastapi import Query, Response

from alerts.tickets import actions, lifecycle, openings
from alerts.tickets.model import NewTicket
from alerts.tickets.sla.policy import ClockKind
from api.dependencies import CallerDep, NowDep, RequiredVersionDep, TransactionDep, set_version
from api.idempotency import Answered, OnceDep, RequiredOnceDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Instant, Severity
from api.tickets import store
from api.tickets.schemas import (
    AvailableAction,
    NewTicketOrder,
    RecomputeOrder,
    Ticket,
    TicketIndicators,
    TicketState,
    TicketWithEvents,
    TransitionOrder,
)
from core.db import Connection
from core.errors import InvalidRequestError, NotFoundError

router = strict_router("tickets")


@router.get("/tickets")
def list_tickets(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    state: TicketState | None = None,
    active: Annotated[bool | None, Query(description="whether work is left to do")] = None,
    severity: Severity | None = None,
    problem: Code | None = None,
    town: Annotated[Code | None, Query(description="town code")] = None,
    trap: Annotated[Id | None, Query(description="trap_id")] = None,
    unit: Annotated[Code | None, Query(description="code of the unit that has it")] = None,
    due_from: Annotated[Instant | None, Query(description="inclusive")] = None,
    due_before: Annotated[Instant | None, Query(description="exclusive")] = None,
    clock: Annotated[
        ClockKind | None,
        Query(description="which clock is due in that span; left out: the running one"),
    ] = None,
) -> Page[Ticket]:
    """Tickets, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_tickets(
        connection,
        state=state,
        active=active,
        severity=severity,
        problem=problem,
        town=town,
        trap_id=trap,
        unit=unit,
        due_from=due_from,
        due_before=due_before,
        clock=clock,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.ticket_id,))


@router.post(
    "/tickets",
    status_code=201,
    response_model=TicketWithEvents,
    responses={200: {"model": TicketWithEvents, "description": "reopened: the complaint is back"}},
)
def create_ticket(
    *,
    connection: TransactionDep,
    order: NewTicketOrder,
    caller: CallerDep,
    once: RequiredOnceDep,
    now: NowDep,
) -> Response:
    """Open a ticket that a person found or was told of; Idempotency-Key is required."""

    def make() -> Answered:
        new = NewTicket(
            trap_id=order.trap_id,
            restaurant_id=0,
            town_id=0,
            problem=order.problem,
            severity=order.severity,
            source_kind=order.source_kind,
            source_ref=order.source_ref,
            summary=order.summary,
        )
        opened = openings.open_by_person(connection, new, actor=caller, now=now)
        return _answer(connection, opened.ticket.ticket_id, 201 if opened.is_new else 200)

    return once.answer(connection, make)


@router.get("/tickets/indicators")
def get_ticket_indicators(
    *,
    connection: TransactionDep,
    from_at: Annotated[Instant, Query(alias="from", description="inclusive")],
    to_at: Annotated[Instant, Query(alias="to", description="exclusive")],
    now: NowDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
) -> TicketIndicators:
    """Figures of the loop for a period, each with its numerator and denominator."""
    if from_at >= to_at:
        raise InvalidRequestError("from must be before to")
    return store.select_indicators(connection, from_at=from_at, to_at=to_at, now=now, town=town)


@router.get("/tickets/{ticket_id}")
def get_ticket(
    *, connection: TransactionDep, response: Response, ticket_id: BigId
) -> TicketWithEvents:
    """One ticket with its clocks, what happened to it and what may be done now."""
    found = _read(connection, ticket_id)
    set_version(response, found.ticket.version)
    return found


@router.get("/tickets/{ticket_id}/transitions")
def list_transitions(
    *, connection: TransactionDep, response: Response, ticket_id: BigId, caller: CallerDep
) -> list[AvailableAction]:
    """What the caller may do now, and what that must carry."""
    ticket = _ticket(connection, ticket_id)
    set_version(response, ticket.version)
    return [
        AvailableAction.of(transition)
        for transition in lifecycle.available_actions(
            ticket.state, caller.capacities(ticket.owner_unit)
        )
    ]


@router.post("/tickets/{ticket_id}/transitions", response_model=TicketWithEvents)
def create_transition(
    *,
    connection: TransactionDep,
    ticket_id: BigId,
    order: TransitionOrder,
    version: RequiredVersionDep,
    caller: CallerDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Do something to a ticket, at the version that If-Match names."""

    def make() -> Answered:
        actions.transition(
            connection,
            ticket_id,
            order.action,
            actor=caller,
            detail=order.detail,
            expected_version=version,
            now=now,
        )
        return _answer(connection, ticket_id)

    return once.answer(connection, make)


@router.post("/tickets/{ticket_id}/due-times")
def recompute_due_times(
    *,
    connection: TransactionDep,
    response: Response,
    ticket_id: BigId,
    order: RecomputeOrder,
    version: RequiredVersionDep,
    caller: CallerDep,
    now: NowDep,
) -> TicketWithEvents:
    """Give the running clocks new due times by today's policy; the supervisor's, on the record."""
    actions.recompute_due(
        connection,
        ticket_id,
        actor=caller,
        reason=order.reason,
        expected_version=version,
        now=now,
    )
    found = _read(connection, ticket_id)
    set_version(response, found.ticket.version)
    return found


def _ticket(connection: Connection, ticket_id: int) -> Ticket:
    ticket = store.select_ticket(connection, ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {ticket_id}")
    return ticket


def _read(connection: Connection, ticket_id: int) -> TicketWithEvents:
    ticket = _ticket(connection, ticket_id)
    return TicketWithEvents(
        ticket=ticket,
        clocks=store.select_clocks(connection, ticket_id),
        events=store.select_ticket_events(connection, ticket_id),
        alert_ids=store.select_ticket_alerts(connection, ticket_id),
        attachments=store.select_attachments(connection, ticket_id),
        available_actions=[
            AvailableAction.of(transition)
            for transition in lifecycle.available_actions(ticket.state)
        ],
    )


def _answer(connection: Connection, ticket_id: int, status: int = 200) -> Answered:
    found = _read(connection, ticket_id)
    return Answered(status, found, {"ETag": f'"{found.ticket.version}"'})
