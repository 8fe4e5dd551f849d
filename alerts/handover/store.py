"""SQL of hand-overs: what went out, what came in, what was echoed."""

from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import dict_row

from alerts.handover.document import EchoDocument
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.handover")


class Sent(NamedTuple):
    """A hand-over of ours."""

    ticket_id: int
    seq: int
    recipient: str
    note: str
    sha256: str
    sent_by: str
    sent_at: datetime


class Echo(NamedTuple):
    """What the other side said; ``made_at`` and ``state_at`` by its clock."""

    seq: int
    their_ticket: int
    their_version: int
    made_at: datetime
    state: str
    state_at: datetime
    note: str
    sha256: str
    recorded_by: str
    recorded_at: datetime


class Received(NamedTuple):
    """A hand-over to us, and which ticket of ours it is."""

    origin: str
    their_ticket: int
    seq: int
    ticket_id: int
    sha256: str
    received_by: str
    received_at: datetime


def next_seq(connection: Connection, ticket_id: int) -> int:
    """Return the number of a held ticket's next hand-over."""
    row = connection.execute(_QUERIES["next_seq"], {"ticket_id": ticket_id}).fetchone()
    return 1 if row is None else int(row[0])


def select_facts(connection: Connection, ticket_id: int) -> dict[str, Any]:
    """Return the members of a document that tell of a ticket: facts, history, alerts."""
    (facts,) = _dicts(connection, _QUERIES["select_facts"], ticket_id)
    return {
        "facts": {**facts, "clocks": _dicts(connection, _QUERIES["select_clocks"], ticket_id)},
        "history": _dicts(connection, _QUERIES["select_history"], ticket_id),
        "alerts": _dicts(connection, _QUERIES["select_alerts"], ticket_id),
    }


def insert_sent(connection: Connection, sent: Sent, document: bytes) -> None:
    """Keep a document that goes out."""
    parameters = {**sent._asdict(), "document": document, "now": sent.sent_at}
    connection.execute(_QUERIES["insert_sent"], parameters)


def select_sent(connection: Connection, ticket_id: int, seq: int | None = None) -> list[Sent]:
    """Return what was handed over of a ticket, in order; one alone by ``seq``."""
    parameters = {"ticket_id": ticket_id, "seq": seq}
    return [Sent(*row) for row in connection.execute(_QUERIES["select_sent"], parameters)]


def select_document(connection: Connection, ticket_id: int, seq: int) -> bytes | None:
    """Return the bytes of a document that went out."""
    parameters = {"ticket_id": ticket_id, "seq": seq}
    row = connection.execute(_QUERIES["select_document"], parameters).fetchone()
    return None if row is None else bytes(row[0])


def select_echoes(connection: Connection, ticket_id: int) -> list[Echo]:
    """Return the echoes of a ticket's hand-overs, of each the oldest first."""
    rows = connection.execute(_QUERIES["select_echoes"], {"ticket_id": ticket_id})
    return [Echo(*row) for row in rows]


def insert_echo(
    connection: Connection,
    echo: EchoDocument,
    document: bytes,
    sha256: str,
    *,
    recorded_by: str,
    now: datetime,
) -> None:
    """Keep an echo."""
    parameters = {
        "ticket_id": echo.ticket,
        "seq": echo.seq,
        "their_ticket": echo.their_ticket,
        "their_version": echo.version,
        "made_at": echo.made_at,
        "state": echo.state,
        "state_at": echo.state_at,
        "note": echo.note,
        "document": document,
        "sha256": sha256,
        "recorded_by": recorded_by,
        "now": now,
    }
    connection.execute(_QUERIES["insert_echo"], parameters)


def select_received_from(connection: Connection, origin: str, their_ticket: int) -> list[Received]:
    """Return what a sender has handed over of one ticket of theirs, the newest last."""
    parameters = {"origin": origin, "their_ticket": their_ticket, "ticket_id": None}
    rows = connection.execute(_QUERIES["select_received"], parameters)
    return [Received(*row) for row in rows]


def select_received(connection: Connection, ticket_id: int) -> list[Received]:
    """Return what was handed over to us as one ticket of ours, the newest last."""
    parameters = {"origin": None, "their_ticket": None, "ticket_id": ticket_id}
    rows = connection.execute(_QUERIES["select_received"], parameters)
    return [Received(*row) for row in rows]


def select_received_document(connection: Connection, ticket_id: int, seq: int) -> bytes | None:
    """Return the bytes of a document that came in as a ticket of ours."""
    parameters = {"ticket_id": ticket_id, "seq": seq}
    row = connection.execute(_QUERIES["select_received_document"], parameters).fetchone()
    return None if row is None else bytes(row[0])


def insert_received(connection: Connection, received: Received, document: bytes) -> None:
    """Keep a document that came in."""
    parameters = {**received._asdict(), "document": document, "now": received.received_at}
    connection.execute(_QUERIES["insert_received"], parameters)


def find_traps(connection: Connection, register_no: str, trap_code: str) -> list[tuple[int, bool]]:
    """Return a restaurant's traps, each with whether it has that code; that one first."""
    parameters = {"register_no": register_no, "trap_code": trap_code}
    rows = connection.execute(_QUERIES["find_traps"], parameters)
    return [(int(trap_id), bool(is_it)) for trap_id, is_it in rows]


def _dicts(connection: Connection, query: LiteralString, ticket_id: int) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, {"ticket_id": ticket_id}).fetchall()
