"""The SQL of tickets, reading only: changes go through alerts.tickets.actions."""

from datetime import datetime

from alerts.attachments import store as attachment_store
from alerts.tickets.sla.policy import ClockKind
from api.attachments.schemas import Attachment
from api.schemas import Severity
from api.store import fetch_all, fetch_one
from api.tickets.schemas import (
    Clock,
    Hours,
    Ratio,
    Ticket,
    TicketEvent,
    TicketIndicators,
    TicketState,
)
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
    unit: str | None,
    due_from: datetime | None,
    due_before: datetime | None,
    clock: ClockKind | None,
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
        "unit": unit,
        "due_from": due_from,
        "due_before": due_before,
        "clock": clock,
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


def select_clocks(connection: Connection, ticket_id: int) -> list[Clock]:
    """Return the clocks of a ticket, in the order in which they started."""
    return fetch_all(connection, _QUERIES["select_clocks"], {"ticket_id": ticket_id}, Clock)


def select_attachments(connection: Connection, ticket_id: int) -> list[Attachment]:
    """Return the files of a ticket, in the order of their arrival."""
    rows = attachment_store.select_attachments(connection, ticket_id)
    return [Attachment(**row._asdict()) for row in rows]


def select_indicators(
    connection: Connection, *, from_at: datetime, to_at: datetime, now: datetime, town: str | None
) -> TicketIndicators:
    """Return the figures of the loop for a period."""
    parameters = {"from_at": from_at, "to_at": to_at, "now": now, "town": town}
    row = connection.execute(_QUERIES["select_indicators"], parameters).fetchone()
    assert row is not None, "aggregates without GROUP BY return one row"
    (
        filed, due, on_time, to_close, closed, finished, reworked, dispatched, returned,
        unfinished, overdue, resolved, first_median_h, first_p90_h, median_h, p90_h,
    ) = row  # fmt: skip
    return TicketIndicators(
        from_at=from_at,
        to_at=to_at,
        as_of=now,
        town=town,
        filed_count=filed,
        on_time=_ratio(on_time, due),
        closed=_ratio(closed, to_close),
        reworked=_ratio(reworked, finished),
        returned=_ratio(returned, dispatched),
        overdue_open=_ratio(overdue, unfinished),
        first_resolution=Hours(count=resolved, median_h=first_median_h, p90_h=first_p90_h),
        final_closing=Hours(count=finished, median_h=median_h, p90_h=p90_h),
    )


def _ratio(numerator: int, denominator: int) -> Ratio:
    ratio = numerator / denominator if denominator else None
    return Ratio(numerator=numerator, denominator=denominator, ratio=ratio)
