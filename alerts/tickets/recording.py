"""Writes what became of a ticket: the row, its history, the audit row, the message to others."""

from dataclasses import replace
from datetime import datetime

from alerts.evidence import audit
from alerts.tickets import store
from alerts.tickets.lifecycle import Role
from alerts.tickets.model import Act, Ticket
from alerts.webhooks import outbox
from core.db import Connection

#: What others hear of; every other change of state is ``ticket.updated``.
_EVENT_TYPES = {
    "open": "ticket.created",
    "dispatch": "ticket.dispatched",
    "force_dispatch": "ticket.dispatched",
    "return": "ticket.returned",
    "report": "ticket.reported",
    "sensor_clear": "ticket.reported",
    "rework": "ticket.reworked",
    "close": "ticket.closed",
    "auto_close": "ticket.closed",
    "reopen": "ticket.reopened",
    "suspend": "ticket.suspended",
    "sla_warning": "ticket.sla_warning",
    "sla_breached": "ticket.sla_breached",
}


def record_opening(connection: Connection, ticket: Ticket, act: Act, now: datetime) -> None:
    """Write the beginning of a ticket that has just been stored."""
    facts = {
        "version": ticket.version,
        "problem": ticket.problem,
        "severity": ticket.severity,
        "trap_id": ticket.trap_id,
        "source_kind": ticket.source_kind,
        "source_ref": ticket.source_ref,
    }
    _append(connection, ticket, act, now, from_state=None, facts=facts)


def record(
    connection: Connection,
    before: Ticket,
    after: Ticket,
    act: Act,
    now: datetime,
    *,
    role: str = Role.SYSTEM,
) -> Ticket:
    """Write a changed ticket and return it; ``role``: in which they act.

    A message goes out where the state changed or where the act has an event type of its own.
    """
    version = store.update_ticket(connection, after, now)
    after = replace(after, version=version, updated_at=now)
    facts = {"from": before.state, "to": after.state, "version": version, "role": role}
    _append(connection, after, act, now, from_state=before.state, facts=facts)
    return after


def _append(
    connection: Connection,
    ticket: Ticket,
    act: Act,
    now: datetime,
    *,
    from_state: str | None,
    facts: dict[str, object],
) -> None:
    store.insert_ticket_event(connection, ticket, from_state, act, now)
    audit.record(
        connection,
        at=now,
        actor=act.actor,
        action=f"ticket.{act.name}",
        subject_kind="ticket",
        subject_id=str(ticket.ticket_id),
        detail={**act.detail, **facts},
    )
    if from_state != ticket.state or act.name in _EVENT_TYPES:
        event_type = _EVENT_TYPES.get(act.name, "ticket.updated")
        message = outbox.ticket_message(ticket, event_type, now, act.detail)
        outbox.put(connection, [message], now)
        outbox.wake(connection)
