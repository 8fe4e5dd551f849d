"""What may happen to a ticket, each with its history and audit row in the same transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from alerts.evidence import audit
from alerts.tickets import store
from alerts.tickets.lifecycle import ENDED, TicketState, transition_of
from alerts.tickets.store import Ticket
from alerts.webhooks import outbox
from core.db import Connection
from core.errors import NotFoundError, PreconditionFailedError


class Act(NamedTuple):
    """What somebody does to a ticket, and what they carry."""

    name: str
    actor: str
    detail: Mapping[str, Any]


def transition(
    connection: Connection,
    ticket_id: int,
    action: str,
    *,
    actor: str,
    detail: Mapping[str, Any],
    expected_version: int | None,
    now: datetime,
) -> Ticket:
    """Do ``action`` to a ticket whose version the caller has seen; return it as it is then.

    ``detail`` carries what the action requires (alerts.tickets.lifecycle.TRANSITIONS);
    ``expected_version`` None skips the check (the system's own acts, which hold the lock).

    Raises: NotFoundError, PreconditionFailedError (it changed meanwhile), ConflictError (its state
        does not allow this), InvalidRequestError (unknown action, something missing).
    """
    ticket = _lock(connection, ticket_id)
    if expected_version is not None and ticket.version != expected_version:
        raise PreconditionFailedError(
            f"ticket {ticket_id} is at version {ticket.version}, not {expected_version}"
        )
    taken = transition_of(action, ticket.state, detail)
    target = taken.target or TicketState(ticket.resume_state or TicketState.NEW)
    changed = replace(
        ticket,
        state=target,
        owner=str(detail["owner"]) if action == "dispatch" else ticket.owner,
        resume_state=ticket.state if target is TicketState.SUSPENDED else None,
        closed_at=now if target in ENDED else None,
    )
    return record(connection, ticket, changed, Act(action, actor, detail), now)


def note_sensor_clear(connection: Connection, ticket_id: int, actor: str, now: datetime) -> None:
    """Take over that every sensor episode of a ticket has cleared; never closes a ticket.

    A ticket in progress goes to verification; an earlier one only remembers it: nobody has acted.
    """
    ticket = _lock(connection, ticket_id)
    if ticket.state in ENDED or ticket.sensor_cleared:
        return
    if store.count_firing_alerts(connection, ticket_id):
        return
    in_progress = ticket.state == TicketState.IN_PROGRESS
    changed = replace(
        ticket,
        sensor_cleared=True,
        state=TicketState.REPORTED if in_progress else ticket.state,
    )
    detail = {"note": "every episode has cleared"}
    record(connection, ticket, changed, Act("sensor_cleared", actor, detail), now)


def record(
    connection: Connection,
    before: Ticket,
    after: Ticket,
    act: Act,
    now: datetime,
) -> Ticket:
    """Write a changed ticket with its history, audit row and message."""
    version = store.update_ticket(connection, after, now)
    after = replace(after, version=version, updated_at=now)
    store.insert_ticket_event(
        connection,
        ticket_id=after.ticket_id,
        version=version,
        action=act.name,
        from_state=before.state,
        to_state=after.state,
        actor=act.actor,
        detail=act.detail,
        now=now,
    )
    audit.record(
        connection,
        at=now,
        actor=act.actor,
        action=f"ticket.{act.name}",
        subject_kind="ticket",
        subject_id=str(after.ticket_id),
        detail={"from": before.state, "to": after.state, "version": version, **act.detail},
    )
    if before.state != after.state:
        outbox.put(connection, [outbox.ticket_message(after, "ticket.updated", now)], now)
        outbox.wake(connection)
    return after


def _lock(connection: Connection, ticket_id: int) -> Ticket:
    ticket = store.lock_ticket(connection, ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {ticket_id}")
    return ticket
