"""The ticket of a complaint: a new one, the one at work, or one that was closed too early."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.complaints import store
from alerts.complaints.actions import lock
from alerts.complaints.categories import CATEGORIES
from alerts.complaints.store import StoredComplaint
from alerts.evidence import audit
from alerts.tickets import actions as tickets
from alerts.tickets import openings, recording
from alerts.tickets import store as ticket_store
from alerts.tickets.lifecycle import REOPEN_DAYS, Role
from alerts.tickets.model import Act, Actor, NewTicket, Ticket
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError

_SUMMARY_CHARS_MAX = 500


def open_ticket(
    connection: Connection,
    complaint_id: int,
    *,
    actor: Actor,
    now: datetime,
    trap_id: int | None = None,
    severity: str | None = None,
) -> Ticket:
    """Return the ticket of a complaint; it has one from then on, and asking again changes nothing.

    The problem follows from the category. A ticket about it that is at work takes the complaint
    in, one that was closed within 30 days is opened again. ``trap_id`` chooses where the
    restaurant has several traps and none of them alone has such a ticket.

    Raises: NotFoundError. ConflictError: no restaurant is known, or it has no trap.
        InvalidRequestError: trap_id is not one of its traps, or is needed.
    """
    complaint = lock(connection, complaint_id)
    if complaint.ticket_id is not None:
        return tickets.lock(connection, complaint.ticket_id)
    category = CATEGORIES[complaint.category]
    chosen = _trap(connection, complaint, category.problem, trap_id)
    severity = severity or category.severity
    how, ticket = "attached", _attach(connection, chosen, complaint, actor, now)
    if ticket is None:
        how, ticket = "reopened", _reopen(connection, chosen, complaint, actor, now)
    if ticket is None:
        new = NewTicket(
            trap_id=chosen,
            restaurant_id=0,
            town_id=0,
            problem=category.problem,
            severity=severity,
            source_kind="complaint",
            source_ref=str(complaint_id),
            summary=complaint.description[:_SUMMARY_CHARS_MAX],
        )
        opened = openings.open_by_person(connection, new, actor=actor, now=now)
        how, ticket = "opened", opened.ticket
    store.set_ticket(connection, complaint_id, ticket.ticket_id, now)
    detail: Mapping[str, Any] = {"ticket_id": ticket.ticket_id, "how": how, "trap_id": chosen}
    audit.record(
        connection,
        at=now,
        actor=actor.name,
        action="complaint.ticketed",
        subject_kind="complaint",
        subject_id=str(complaint_id),
        detail=detail,
    )
    return ticket


def _trap(
    connection: Connection, complaint: StoredComplaint, problem: str, trap_id: int | None
) -> int:
    """Return the trap that a ticket is about: the one named, the only one, the only one at work."""
    if complaint.restaurant_id is None:
        raise ConflictError("which restaurant is meant is not known: confirm a match first")
    traps = store.select_traps(connection, complaint.restaurant_id, problem)
    if not traps:
        raise ConflictError("this restaurant has no trap that a ticket could be about")
    if trap_id is not None:
        if trap_id not in {trap.trap_id for trap in traps}:
            raise InvalidRequestError("trap_id: not a trap of the complaint's restaurant")
        return trap_id
    at_work = [trap for trap in traps if trap.has_ticket]
    for choice in (traps, at_work):
        if len(choice) == 1:
            return choice[0].trap_id
    known = ", ".join(f"{trap.trap_id} ({trap.code})" for trap in traps)
    raise InvalidRequestError(f"trap_id: the restaurant has several, name one of {known}")


def _attach(
    connection: Connection, trap_id: int, complaint: StoredComplaint, actor: Actor, now: datetime
) -> Ticket | None:
    problem = CATEGORIES[complaint.category].problem
    number = ticket_store.lock_active_ticket(connection, trap_id, problem)
    if number is None:
        return None
    ticket = tickets.lock(connection, number)
    act = Act("attach_complaint", actor.name, {"complaint_id": complaint.complaint_id})
    return recording.record(connection, ticket, ticket, act, now, role=min(actor.roles))


def _reopen(
    connection: Connection, trap_id: int, complaint: StoredComplaint, actor: Actor, now: datetime
) -> Ticket | None:
    problem = CATEGORIES[complaint.category].problem
    since = now - timedelta(days=REOPEN_DAYS)
    number = store.select_closed_ticket(connection, trap_id, problem, since)
    if number is None:
        return None
    # The complaint reopens it, by the rule; the person only says that it is one of this matter.
    by_rule = Actor(actor.name, frozenset({Role.SYSTEM}))
    detail = {"evidence": f"complaint {complaint.complaint_id} says that it is back"}
    return tickets.transition(
        connection, number, "reopen", actor=by_rule, detail=detail, expected_version=None, now=now
    )
