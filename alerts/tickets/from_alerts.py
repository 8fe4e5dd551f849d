"""Tickets that alerts bring about: one active ticket a (trap, problem), further episodes attach."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from alerts.tickets import actions, guards, openings, store
from alerts.tickets.lifecycle import ENDED, rank_of
from alerts.tickets.model import SYSTEM, Act, NewTicket, Ticket
from alerts.tickets.recording import record
from core.db import AdvisoryLock, Connection, wait_lock


class TicketOccasion(NamedTuple):
    """An alert that calls for remediation."""

    alert_id: int
    trap_id: int
    restaurant_id: int
    town_id: int
    problem: str
    severity: str


def take_turn(connection: Connection) -> None:
    """Wait until no other transaction changes tickets for alerts; before any of the below.

    New tickets are found by trap, cleared ones by number, so two workers could lock the same two
    tickets crosswise. Alerts are rare: they take turns for the few milliseconds until COMMIT.
    """
    wait_lock(connection, AdvisoryLock.TICKETS_OF_ALERTS)


def open_tickets(
    connection: Connection, occasions: Sequence[TicketOccasion], now: datetime
) -> dict[int, int]:
    """Open, find or reopen the ticket of each occasion, by (trap, problem); return them by alert.

    An alert that comes back has its own ticket again if that is open, or was closed lately: the
    remedy did not hold. Any other new episode of an active ticket is attached to it.
    """
    return {
        occasion.alert_id: _ticket_of(connection, occasion, now).ticket_id
        for occasion in sorted(occasions, key=lambda o: (o.trap_id, o.problem, o.alert_id))
    }


def raise_severity(connection: Connection, severities: Mapping[int, str], now: datetime) -> None:
    """Raise the severity of tickets whose alerts got worse, in order of their numbers."""
    for ticket_id, severity in sorted(severities.items()):
        ticket = store.lock_ticket(connection, ticket_id)
        if ticket is None or ticket.state in ENDED or rank_of(ticket.severity) >= rank_of(severity):
            continue
        act = Act("raise_severity", SYSTEM.name, {"severity": severity})
        raised = record(connection, ticket, replace(ticket, severity=severity), act, now)
        actions.follow_up(connection, raised, act.name, SYSTEM, now)


def note_cleared(connection: Connection, ticket_ids: Sequence[int], now: datetime) -> None:
    """Tell tickets that an episode of theirs has cleared, in order of their numbers."""
    for ticket_id in ticket_ids:
        actions.note_sensor_clear(connection, ticket_id, now)


def _ticket_of(connection: Connection, occasion: TicketOccasion, now: datetime) -> Ticket:
    """Return the ticket of an occasion.

    Its active ticket may be closed by a person while we wait for it; then there is none any more.
    """
    while True:
        ticket = (
            _own(connection, occasion, now)
            or _open(connection, occasion, now)
            or _active(connection, occasion, now)
        )
        if ticket is not None:
            return ticket


def _own(connection: Connection, occasion: TicketOccasion, now: datetime) -> Ticket | None:
    """Return the alert's own ticket, reopened if need be; None: it has none that can go on."""
    number = store.select_ticket_of_alert(connection, occasion.alert_id)
    ticket = None if number is None else store.lock_ticket(connection, number)
    if ticket is None:
        return None
    if ticket.state not in ENDED:
        return _attach(connection, ticket, occasion, now)
    if not guards.came_back_soon(ticket, now):
        return None
    if store.lock_active_ticket(connection, ticket.trap_id, ticket.problem) is not None:
        return None
    detail = {"evidence": f"alert {occasion.alert_id} came back"}
    reopened = actions.transition(
        connection, ticket.ticket_id, "reopen", actor=SYSTEM, detail=detail,
        expected_version=None, now=now,
    )  # fmt: skip
    return _attach(connection, reopened, occasion, now)


def _open(connection: Connection, occasion: TicketOccasion, now: datetime) -> Ticket | None:
    """Open a ticket; None where the (trap, problem) has an active one."""
    new = NewTicket(
        trap_id=occasion.trap_id,
        restaurant_id=occasion.restaurant_id,
        town_id=occasion.town_id,
        problem=occasion.problem,
        severity=occasion.severity,
        source_kind="alert",
        source_ref=str(occasion.alert_id),
    )
    detail = {"alert_id": occasion.alert_id}
    return openings.open_ticket(connection, new, actor=SYSTEM, detail=detail, now=now)


def _active(connection: Connection, occasion: TicketOccasion, now: datetime) -> Ticket | None:
    """Return the active ticket with a further episode; None where it ended meanwhile."""
    ticket_id = store.lock_active_ticket(connection, occasion.trap_id, occasion.problem)
    ticket = None if ticket_id is None else store.lock_ticket(connection, ticket_id)
    return None if ticket is None else _attach(connection, ticket, occasion, now)


def _attach(
    connection: Connection, ticket: Ticket, occasion: TicketOccasion, now: datetime
) -> Ticket:
    """Attach an episode: what the sensor said before counts no more."""
    severity = max(ticket.severity, occasion.severity, key=rank_of)
    changed = replace(ticket, severity=severity, sensor_cleared=False)
    act = Act("attach_episode", SYSTEM.name, {"alert_id": occasion.alert_id})
    attached = record(connection, ticket, changed, act, now)
    return actions.follow_up(connection, attached, act.name, SYSTEM, now)
