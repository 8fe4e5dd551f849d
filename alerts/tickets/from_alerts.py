"""Tickets that alerts bring about: one active ticket a (trap, problem), further episodes attach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from alerts.evidence import audit
from alerts.rules.definition import SEVERITIES
from alerts.tickets import actions, store
from alerts.tickets.lifecycle import ENDED, TicketState
from alerts.webhooks import outbox
from alerts.webhooks.outbox import Message
from core.db import AdvisoryLock, Connection, wait_lock

SYSTEM = "system"


class TicketOccasion(NamedTuple):
    """An alert that calls for remediation."""

    alert_id: int
    trap_id: int
    restaurant_id: int
    town_id: int
    problem: str
    severity: str


@dataclass(slots=True)
class OpenedTickets:
    """The ticket of each alert, and the messages about tickets that are new."""

    by_alert: dict[int, int] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


def take_turn(connection: Connection) -> None:
    """Wait until no other transaction changes tickets for alerts; before any of the below.

    New tickets are found by trap, cleared ones by number, so two workers could lock the same two
    tickets crosswise. Alerts are rare: they take turns for the few milliseconds until COMMIT.
    """
    wait_lock(connection, AdvisoryLock.TICKETS_OF_ALERTS)


def open_tickets(
    connection: Connection, occasions: Sequence[TicketOccasion], now: datetime
) -> OpenedTickets:
    """Open or find the ticket of each occasion, in order of (trap, problem)."""
    opened = OpenedTickets()
    for occasion in sorted(occasions, key=lambda o: (o.trap_id, o.problem, o.alert_id)):
        fields = {
            "trap_id": occasion.trap_id,
            "restaurant_id": occasion.restaurant_id,
            "town_id": occasion.town_id,
            "problem": occasion.problem,
            "severity": occasion.severity,
            "source_kind": "alert",
            "source_ref": str(occasion.alert_id),
        }
        ticket_id = store.open_ticket(connection, fields, now)
        if ticket_id is not None:
            opened.messages.append(_begin(connection, ticket_id, occasion, now))
        else:
            ticket_id = _attach(connection, occasion, now)
        if ticket_id is not None:
            opened.by_alert[occasion.alert_id] = ticket_id
    return opened


def raise_severity(connection: Connection, severities: Mapping[int, str], now: datetime) -> None:
    """Raise the severity of tickets whose alerts got worse, in order of their numbers."""
    for ticket_id, severity in sorted(severities.items()):
        ticket = store.lock_ticket(connection, ticket_id)
        if ticket is None or ticket.state in ENDED or _rank(ticket.severity) >= _rank(severity):
            continue
        act = actions.Act("raise_severity", SYSTEM, {"severity": severity})
        actions.record(connection, ticket, replace(ticket, severity=severity), act, now)


def note_cleared(connection: Connection, ticket_ids: Sequence[int], now: datetime) -> None:
    """Tell tickets that an episode of theirs has cleared, in order of their numbers."""
    for ticket_id in ticket_ids:
        actions.note_sensor_clear(connection, ticket_id, SYSTEM, now)


def _begin(
    connection: Connection, ticket_id: int, occasion: TicketOccasion, now: datetime
) -> Message:
    store.insert_ticket_event(
        connection,
        ticket_id=ticket_id,
        version=1,
        action="open",
        from_state=None,
        to_state=TicketState.NEW,
        actor=SYSTEM,
        detail={"alert_id": occasion.alert_id},
        now=now,
    )
    audit.record(
        connection,
        at=now,
        actor=SYSTEM,
        action="ticket.open",
        subject_kind="ticket",
        subject_id=str(ticket_id),
        detail={"alert_id": occasion.alert_id, "problem": occasion.problem},
    )
    ticket = store.lock_ticket(connection, ticket_id)
    assert ticket is not None, "it was inserted in this transaction"
    return outbox.ticket_message(ticket, "ticket.created", now)


def _attach(connection: Connection, occasion: TicketOccasion, now: datetime) -> int | None:
    """Attach a further episode; None where the ticket ended meanwhile."""
    ticket_id = store.lock_active_ticket(connection, occasion.trap_id, occasion.problem)
    ticket = None if ticket_id is None else store.lock_ticket(connection, ticket_id)
    if ticket is None:
        return None
    severity = max(ticket.severity, occasion.severity, key=_rank)
    changed = replace(ticket, severity=severity, sensor_cleared=False)
    act = actions.Act("attach_episode", SYSTEM, {"alert_id": occasion.alert_id})
    actions.record(connection, ticket, changed, act, now)
    return ticket.ticket_id


def _rank(severity: str) -> int:
    return [str(s) for s in SEVERITIES].index(severity)
