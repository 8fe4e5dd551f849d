"""How tickets begin: from an alert, or by a person who found or was told of something."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from alerts.tickets import actions, guards, recording, store, timekeeping
from alerts.tickets.model import SYSTEM, Act, Actor, NewTicket, Ticket
from alerts.tickets.sla.policy import load_policy
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, InvalidRequestError


class Opened(NamedTuple):
    """A ticket, and whether it is new or an old one that goes on."""

    ticket: Ticket
    is_new: bool


def open_ticket(
    connection: Connection,
    new: NewTicket,
    *,
    actor: Actor,
    detail: Mapping[str, Any],
    now: datetime,
) -> Ticket | None:
    """Open a ticket with its first clock; None where the (trap, problem) has an active one.

    Raises: InvalidRequestError: no due time can be given; never for the system, because an alert
        in ingest must not fail for want of a calendar.
    """
    terms = load_policy().terms_of(new.problem, new.severity)
    ticket_id = store.open_ticket(connection, new, terms.stored(), now)
    if ticket_id is None:
        return None
    ticket = actions.lock(connection, ticket_id)
    recording.record_opening(connection, ticket, Act("open", actor.name, detail), now)
    timekeeping.wind(connection, ticket, now, action="open", is_lenient=actor.is_lenient)
    return ticket


def open_by_person(
    connection: Connection, new: NewTicket, *, actor: Actor, now: datetime
) -> Opened:
    """Open a ticket that somebody asks for; its place is the trap's.

    A complaint that comes back lately after its ticket was closed has that ticket again.

    Raises: InvalidRequestError: no such trap, or no due time can be given; ConflictError: this
        problem of this trap has an active ticket.
    """
    place = store.select_place(connection, new.trap_id)
    if place is None:
        raise InvalidRequestError("trap_id: there is no such trap")
    new = new._replace(restaurant_id=place[0], town_id=place[1])
    reopened = _reopen(connection, new, now) if new.source_kind == "complaint" else None
    if reopened is not None:
        return Opened(reopened, is_new=False)
    detail = {"summary": new.summary} if new.summary else {}
    ticket = open_ticket(connection, new, actor=actor, detail=detail, now=now)
    if ticket is None:
        active = store.lock_active_ticket(connection, new.trap_id, new.problem)
        raise ConflictError(f"ticket {active} is about {new.problem} of this trap already")
    return Opened(ticket, is_new=True)


def _reopen(connection: Connection, new: NewTicket, now: datetime) -> Ticket | None:
    number = store.select_closed_of_complaint(connection, new)
    if number is None:
        return None
    wait_lock(connection, AdvisoryLock.TICKETS_OF_ALERTS)
    ticket = actions.lock(connection, number)
    if not guards.came_back_soon(ticket, now) or store.lock_active_ticket(
        connection, ticket.trap_id, ticket.problem
    ):
        return None
    detail = {"evidence": f"complaint {new.source_ref} came back", "reason": new.summary or None}
    system = SYSTEM._replace(is_lenient=False)
    return actions.transition(
        connection, number, "reopen", actor=system, detail=detail, expected_version=None, now=now
    )
