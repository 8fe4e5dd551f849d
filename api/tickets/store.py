"""The SQL of tickets, reading only: changes go through alerts.tickets.actions."""

from api.schemas import Severity
from api.store import fetch_all, fetch_one
from api.tickets.schemas import Ticket, TicketEvent, TicketState
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.tickets")


def select_tickets(
    connection: Connection,
    *,
    state: TicketState | None,
    active: bool | None,
    severity: Severity | None,
    problem: str | None,
    town: str | None,
    trap_id: int | None,
    before_id: int,
    count_max: int,
) -> list[Ticket]:
    """Return tickets below ``before_id``, newest first."""
    parameters = {
        "state": state,
        "active": active,
        "severity": severity,
        "problem": problem,
        "town": town,
        "trap_id": trap_id,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_tickets"], parameters, Ticket)


def select_ticket(connection: Connection, ticket_id: int) -> Ticket | None:
    """Return one ticket."""
    return fetch_one(connection, _QUERIES["select_ticket"], {"ticket_id": ticket_id}, Ticket)


def select_ticket_events(connection: Connection, ticket_id: int) -> list[TicketEvent]:
    """Return what happened to a ticket, in order."""
    query = _QUERIES["select_ticket_events"]
    return fetch_all(connection, query, {"ticket_id": ticket_id}, TicketEvent)


def select_ticket_alerts(connection: Connection, ticket_id: int) -> list[int]:
    """Return the numbers of a ticket's alerts."""
    rows = connection.execute(_QUERIES["select_ticket_alerts"], {"ticket_id": ticket_id})
    return [row[0] for row in rows.fetchall()]
