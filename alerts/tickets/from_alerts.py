"""Tickets that alerts bring about: one active ticket a (trap, problem), further episodes attach."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.rules.definition import SEVERITIES
from alerts.tickets import actions, store
from alerts.tickets.lifecycle import ENDED, REOPEN_DAYS, TicketState
from alerts.tickets.model import SYSTEM, Act, NewTicket, Ticket
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

    An alert that comes back has its own ticket again if that was closed lately: the remedy did not
    hold. Any other new episode of an active ticket is attached to it.
    """
    by_alert: dict[int, int] = {}
    for occasion in sorted(occasions, key=lambda o: (o.trap_id, o.problem, o.alert_id)):
        ticket = (
            _reopen(connection, occasion, now)
            or _open(connection, occasion, now)
            or _attach(connection, occasion, now)
        )
        if ticket is not None:
            by_alert[occasion.alert_id] = ticket.ticket_id
    return by_alert


def raise_severity(connection: Connection, severities: Mapping[int, str], now: datetime) -> None:
    """Raise the severity of tickets whose alerts got worse, in order of their numbers."""
    for ticket_id, severity in sorted(severities.items()):
        ticket = store.lock_ticket(connection, ticket_id)
        if ticket is None or ticket.state in ENDED or _rank(ticket.severity) >= _rank(severity):
            continue
        act = Act("raise_severity", SYSTEM.name, {"severity": severity})
        actions.record(connection, ticket, replace(ticket, severity=severity), act, now)


def note_cleared(connection: Connection, ticket_ids: Sequence[int], now: datetime) -> None:
    """Tell tickets that an episode of theirs has cleared, in order of their numbers."""
    for ticket_id in ticket_ids:
        actions.note_sensor_clear(connection, ticket_id, now)


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
    return actions.open_ticket(connection, new, actor=SYSTEM, detail=detail, now=now)


def _reopen(connection: Connection, occasion: TicketOccasion, now: datetime) -> Ticket | None:
    """Open the alert's own ticket again; None where it has none that was closed lately."""
    number = store.select_ticket_of_alert(connection, occasion.alert_id)
    ticket = None if number is None else store.lock_ticket(connection, number)
    if ticket is None or ticket.state != TicketState.CLOSED or ticket.closed_at is None:
        return None
    if now - ticket.closed_at > timedelta(days=REOPEN_DAYS):
        return None
    if store.lock_active_ticket(connection, occasion.trap_id, occasion.problem) is not None:
        return None
    detail = {"evidence": f"alert {occasion.alert_id} came back"}
    reopened = actions.transition(
        connection, ticket.ticket_id, "reopen", actor=SYSTEM, detail=detail,
        expected_version=None, now=now,
    )  # fmt: skip
    changed = replace(reopened, sensor_cleared=False)
    act = Act("attach_episode", SYSTEM.name, {"alert_id": occasion.alert_id})
    return actions.record(connection, reopened, changed, act, now)


def _attach(connection: Connection, occasion: TicketOccasion, now: datetime) -> Ticket | None:
    """Attach a further episode; None where the ticket ended meanwhile."""
    ticket_id = store.lock_active_ticket(connection, occasion.trap_id, occasion.problem)
    ticket = None if ticket_id is None else store.lock_ticket(connection, ticket_id)
    if ticket is None:
        return None
    severity = max(ticket.severity, occasion.severity, key=_rank)
    changed = replace(ticket, severity=severity, sensor_cleared=False)
    act = Act("attach_episode", SYSTEM.name, {"alert_id": occasion.alert_id})
    return actions.record(connection, ticket, changed, act, now)


def _rank(severity: str) -> int:
    return [str(s) for s in SEVERITIES].index(severity)
