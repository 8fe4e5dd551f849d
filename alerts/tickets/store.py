"""SQL of tickets and their clocks."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from alerts.tickets.model import Act, NewTicket, Ticket
from alerts.tickets.sla.clocks import Clock, ClockState
from alerts.tickets.sla.policy import ClockKind, Limit
from core.db import Connection
from core.instant import from_us, to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.tickets")


def lock_ticket(connection: Connection, ticket_id: int) -> Ticket | None:
    """Return a ticket and hold it; None where there is none."""
    row = connection.execute(_QUERIES["lock_ticket"], {"ticket_id": ticket_id}).fetchone()
    return None if row is None else Ticket(*row)


def update_ticket(connection: Connection, ticket: Ticket, now: datetime) -> int:
    """Write what may change of a ticket; return its new version."""
    terms = None if ticket.terms is None else Jsonb(ticket.terms)
    parameters = {**asdict(ticket), "terms": terms, "now": now}
    row = connection.execute(_QUERIES["update_ticket"], parameters).fetchone()
    assert row is not None, "the ticket is locked"
    return int(row[0])


def insert_ticket_event(
    connection: Connection, ticket: Ticket, from_state: str | None, act: Act, now: datetime
) -> None:
    """Append to a ticket's history what brought it to its state and version."""
    connection.execute(
        _QUERIES["insert_ticket_event"],
        {
            "ticket_id": ticket.ticket_id,
            "version": ticket.version,
            "action": act.name,
            "from_state": from_state,
            "to_state": ticket.state,
            "actor": act.actor,
            "detail": orjson.dumps(act.detail).decode(),
            "now": now,
        },
    )


def open_ticket(
    connection: Connection, new: NewTicket, terms: Mapping[str, Any], now: datetime
) -> int | None:
    """Open a ticket; None where the (trap, problem) has an active one."""
    parameters = {**new._asdict(), "terms": Jsonb(terms), "now": now}
    row = connection.execute(_QUERIES["open_ticket"], parameters).fetchone()
    return None if row is None else int(row[0])


def lock_active_ticket(connection: Connection, trap_id: int, problem: str) -> int | None:
    """Return the number of the active ticket of a (trap, problem), held."""
    row = connection.execute(
        _QUERIES["lock_active_ticket"], {"trap_id": trap_id, "problem": problem}
    ).fetchone()
    return None if row is None else int(row[0])


def select_place(connection: Connection, trap_id: int) -> tuple[int, int] | None:
    """Return the numbers of a trap's restaurant and town."""
    row = connection.execute(_QUERIES["select_place"], {"trap_id": trap_id}).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def select_ticket_of_alert(connection: Connection, alert_id: int) -> int | None:
    """Return the ticket that an alert was attached to before."""
    row = connection.execute(_QUERIES["select_ticket_of_alert"], {"alert_id": alert_id}).fetchone()
    return None if row is None else int(row[0])


def count_alerts(connection: Connection, ticket_id: int) -> tuple[int, int]:
    """Return how many episodes a ticket has, and how many of them are open."""
    row = connection.execute(_QUERIES["count_alerts"], {"ticket_id": ticket_id}).fetchone()
    assert row is not None, "an aggregate without GROUP BY returns one row"
    return int(row[0]), int(row[1])


def select_closed_of_complaint(connection: Connection, new: NewTicket) -> int | None:
    """Return the ticket of the same complaint, trap and problem that was closed last."""
    row = connection.execute(_QUERIES["select_closed_of_complaint"], new._asdict()).fetchone()
    return None if row is None else int(row[0])


def has_handled(connection: Connection, ticket_id: int, actor: str) -> bool:
    """Return whether somebody worked on a ticket."""
    parameters = {"ticket_id": ticket_id, "actor": actor}
    return connection.execute(_QUERIES["has_handled"], parameters).fetchone() is not None


def lock_alerts(connection: Connection, ticket_id: int) -> list[int]:
    """Hold and return the episodes of a ticket that nobody else holds."""
    rows = connection.execute(_QUERIES["lock_alerts"], {"ticket_id": ticket_id})
    return [row[0] for row in rows]


def select_alerts(connection: Connection, ticket_id: int) -> list[int]:
    """Return the episodes of a ticket."""
    rows = connection.execute(_QUERIES["select_alerts"], {"ticket_id": ticket_id})
    return [row[0] for row in rows]


def move_alerts(connection: Connection, ticket_id: int, target_ticket_id: int) -> None:
    """Attach a ticket's episodes to another ticket."""
    parameters = {"ticket_id": ticket_id, "target_ticket_id": target_ticket_id}
    connection.execute(_QUERIES["move_alerts"], parameters)


def select_clocks(connection: Connection, ticket_id: int) -> list[Clock]:
    """Return the clocks of a ticket, in the order in which they started."""
    rows = connection.execute(_QUERIES["select_clocks"], {"ticket_id": ticket_id})
    return [
        Clock(
            ClockKind(kind),
            number,
            Limit.model_validate({unit: amount}),
            policy_version,
            calendar_version,
            to_us(started_at),
            _us(due_at),
            span_us,
            ClockState(state),
            step,
            _us(step_at),
            left_us,
            _us(stopped_at),
            _us(breached_at),
        )
        for (
            kind, number, unit, amount, policy_version, calendar_version, started_at, due_at,
            span_us, state, step, step_at, left_us, stopped_at, breached_at,
        ) in rows
    ]  # fmt: skip


def save_clock(connection: Connection, ticket_id: int, clock: Clock) -> None:
    """Write one clock of a ticket."""
    connection.execute(
        _QUERIES["save_clock"],
        {
            "ticket_id": ticket_id,
            "kind": clock.kind,
            "round": clock.round,
            "unit": clock.limit.unit,
            "amount": clock.limit.amount,
            "policy_version": clock.policy_version,
            "calendar_version": clock.calendar_version,
            "started_at": from_us(clock.started_us),
            "due_at": _at(clock.due_us),
            "span_us": clock.span_us,
            "state": clock.state,
            "step": clock.step,
            "step_at": _at(clock.step_us),
            "left_us": clock.left_us,
            "stopped_at": _at(clock.stopped_us),
            "breached_at": _at(clock.breached_us),
        },
    )


def lock_due_tickets(connection: Connection, now: datetime, count_max: int) -> list[Ticket]:
    """Return and hold tickets with a clock that something is due of, if nobody else holds them."""
    parameters = {"now": now, "count_max": count_max}
    return [Ticket(*row) for row in connection.execute(_QUERIES["lock_due_tickets"], parameters)]


def select_media_types(connection: Connection, ticket_id: int) -> dict[str, str]:
    """Return what the files of a ticket are, by their SHA-256."""
    rows = connection.execute(_QUERIES["select_media_types"], {"ticket_id": ticket_id})
    return {row[0]: row[1] for row in rows}


def route(connection: Connection, town_id: int, problem: str) -> str | None:
    """Return the code of the unit for a town and problem; None where no route fits."""
    parameters = {"town_id": town_id, "problem": problem}
    row = connection.execute(_QUERIES["route"], parameters).fetchone()
    return None if row is None else str(row[0])


def has_unit(connection: Connection, code: str) -> bool:
    """Return whether there is such a unit that works."""
    return connection.execute(_QUERIES["has_unit"], {"code": code}).fetchone() is not None


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else to_us(moment)


def _at(instant_us: int | None) -> datetime | None:
    return None if instant_us is None else from_us(instant_us)
