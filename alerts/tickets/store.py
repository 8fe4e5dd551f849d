"""SQL of tickets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.tickets")


@dataclass(frozen=True, slots=True)
class Ticket:
    """One remediation ticket as stored."""

    ticket_id: int
    trap_id: int
    restaurant_id: int
    town_id: int
    problem: str
    severity: str
    state: str
    source_kind: str
    source_ref: str
    owner: str | None
    sensor_cleared: bool
    resume_state: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


def lock_ticket(connection: Connection, ticket_id: int) -> Ticket | None:
    """Return a ticket and hold it; None where there is none."""
    row = connection.execute(_QUERIES["lock_ticket"], {"ticket_id": ticket_id}).fetchone()
    return None if row is None else Ticket(*row)


def update_ticket(connection: Connection, ticket: Ticket, now: datetime) -> int:
    """Write a ticket's state, severity, owner and flags; return its new version."""
    row = connection.execute(
        _QUERIES["update_ticket"],
        {
            "ticket_id": ticket.ticket_id,
            "state": ticket.state,
            "severity": ticket.severity,
            "owner": ticket.owner,
            "sensor_cleared": ticket.sensor_cleared,
            "resume_state": ticket.resume_state,
            "closed_at": ticket.closed_at,
            "now": now,
        },
    ).fetchone()
    assert row is not None, "the ticket is locked"
    return int(row[0])


def insert_ticket_event(
    connection: Connection,
    *,
    ticket_id: int,
    version: int,
    action: str,
    from_state: str | None,
    to_state: str,
    actor: str,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Append to a ticket's history."""
    connection.execute(
        _QUERIES["insert_ticket_event"],
        {
            "ticket_id": ticket_id,
            "version": version,
            "action": action,
            "from_state": from_state,
            "to_state": to_state,
            "actor": actor,
            "detail": orjson.dumps(detail).decode(),
            "now": now,
        },
    )


def open_ticket(connection: Connection, fields: Mapping[str, Any], now: datetime) -> int | None:
    """Open a ticket; None where the (trap, problem) has an active one."""
    row = connection.execute(_QUERIES["open_ticket"], {**fields, "now": now}).fetchone()
    return None if row is None else int(row[0])


def lock_active_ticket(connection: Connection, trap_id: int, problem: str) -> int | None:
    """Return the number of the active ticket of a (trap, problem), held."""
    row = connection.execute(
        _QUERIES["lock_active_ticket"], {"trap_id": trap_id, "problem": problem}
    ).fetchone()
    return None if row is None else int(row[0])


def count_firing_alerts(connection: Connection, ticket_id: int) -> int:
    """Return how many episodes of a ticket are open."""
    row = connection.execute(_QUERIES["count_firing_alerts"], {"ticket_id": ticket_id}).fetchone()
    return int(row[0]) if row else 0
