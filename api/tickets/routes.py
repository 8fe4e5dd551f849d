"""Tickets over HTTP. What may be done, and by what rules, stands in alerts.tickets."""

from typing import Annotated

from fastapi import Query, Response

from alerts.tickets import actions, lifecycle
from api.dependencies import ActorDep, NowDep, RequiredVersionDep, TransactionDep, set_version
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Severity
from api.tickets import store
from api.tickets.schemas import (
    AvailableAction,
    Ticket,
    TicketState,
    TicketWithEvents,
    TransitionOrder,
)
from core.db import Connection
from core.errors import NotFoundError

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
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.ticket_id,))


@router.get("/tickets/{ticket_id}")
def get_ticket(
    *, connection: TransactionDep, response: Response, ticket_id: BigId
) -> TicketWithEvents:
    """One ticket with what happened to it and what may be done now."""
    return _answer(connection, response, ticket_id)


@router.post("/tickets/{ticket_id}/transitions")
def create_transition(
    *,
    connection: TransactionDep,
    response: Response,
    ticket_id: BigId,
    order: TransitionOrder,
    version: RequiredVersionDep,
    actor: ActorDep,
    now: NowDep,
) -> TicketWithEvents:
    """Do something to a ticket, at the version that If-Match names."""
    actions.transition(
        connection,
        ticket_id,
        order.action,
        actor=actor,
        detail=order.detail,
        expected_version=version,
        now=now,
    )
    return _answer(connection, response, ticket_id)


def _answer(connection: Connection, response: Response, ticket_id: int) -> TicketWithEvents:
    ticket = store.select_ticket(connection, ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {ticket_id}")
    set_version(response, ticket.version)
    return TicketWithEvents(
        ticket=ticket,
        events=store.select_ticket_events(connection, ticket_id),
        alert_ids=store.select_ticket_alerts(connection, ticket_id),
        available_actions=[
            AvailableAction(
                action=transition.action, actor=transition.actor, required=list(transition.required)
            )
            for transition in lifecycle.available_actions(ticket.state)
        ],
    )
