"""SQL of evidence packs: what is on record about a ticket, as documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.evidence.pack")

#: A row as JSON: instants in RFC 3339, in UTC.
Document = dict[str, Any]


class Line(NamedTuple):
    """An audit event with its place in the ledger; ``salt`` None: it names people in plain text."""

    seq: int
    previous: bytes
    chain: bytes
    leaf: bytes
    canonical: bytes
    salt: bytes | None
    actor: str
    detail: dict[str, Any]


def select_ticket(connection: Connection, ticket_id: int) -> Document | None:
    """Return a ticket and its place."""
    found = _documents(connection, _QUERIES["select_ticket"], {"ticket_id": ticket_id})
    return found[0] if found else None


def select_clocks(connection: Connection, ticket_id: int) -> list[Document]:
    """Return the clocks of a ticket."""
    return _documents(connection, _QUERIES["select_clocks"], {"ticket_id": ticket_id})


def select_history(connection: Connection, ticket_id: int) -> list[Document]:
    """Return what happened to a ticket, in order."""
    return _documents(connection, _QUERIES["select_history"], {"ticket_id": ticket_id})


def select_alerts(connection: Connection, ticket_id: int) -> list[tuple[Document, Document]]:
    """Return the alerts of a ticket, each with the text of its rule's version."""
    rows = connection.execute(_QUERIES["select_alerts"], {"ticket_id": ticket_id})
    return [(row[0], row[1]) for row in rows]


def select_alert_events(connection: Connection, alert_id: int) -> list[Document]:
    """Return what happened to an alert, in order."""
    return _documents(connection, _QUERIES["select_alert_events"], {"alert_id": alert_id})


def select_devices(
    connection: Connection, trap_id: int, device_ids: Sequence[int]
) -> list[Document]:
    """Return the registration of the devices in a trap, and of some more."""
    parameters = {"trap_id": trap_id, "device_ids": list(device_ids)}
    return _documents(connection, _QUERIES["select_devices"], parameters)


def select_trap(connection: Connection, trap_id: int) -> Document:
    """Return the registration of a trap."""
    return _documents(connection, _QUERIES["select_trap"], {"trap_id": trap_id})[0]


def select_earlier_start(
    connection: Connection, dedup_key: str, alert_id: int, from_at: datetime
) -> datetime | None:
    """Return when an earlier episode began that reaches into a span; None: there is none."""
    parameters = {"dedup_key": dedup_key, "alert_id": alert_id, "from_at": from_at}
    row = connection.execute(_QUERIES["select_earlier_start"], parameters).fetchone()
    return None if row is None else row[0]


def select_lines(connection: Connection, subjects: Sequence[tuple[str, str]]) -> list[Line]:
    """Return the audit lines about (kind, id) subjects, in the ledger's order."""
    parameters = {"kinds": [kind for kind, _ in subjects], "ids": [ref for _, ref in subjects]}
    return [Line(*row) for row in connection.execute(_QUERIES["select_lines"], parameters)]


def select_keys(connection: Connection) -> list[tuple[str, datetime]]:
    """Return every key that ever signed with its first use, in that order."""
    return [(row[0], row[1]) for row in connection.execute(_QUERIES["select_keys"])]


def select_versions(connection: Connection, ticket_id: int) -> tuple[Any, ...] | None:
    """Return what changes whenever something happens to a ticket or its alerts."""
    return connection.execute(_QUERIES["select_versions"], {"ticket_id": ticket_id}).fetchone()


def _documents(
    connection: Connection, query: LiteralString, parameters: dict[str, Any]
) -> list[Document]:
    return [row[0] for row in connection.execute(query, parameters)]
