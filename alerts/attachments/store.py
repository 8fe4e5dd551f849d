"""SQL of attachments."""

from alerts.attachments.model import Attachment
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.attachments")


def is_open(connection: Connection, ticket_id: int) -> bool | None:
    """Return whether work is left on a ticket, and hold it so; None: there is no such ticket."""
    row = connection.execute(_QUERIES["is_open"], {"ticket_id": ticket_id}).fetchone()
    return None if row is None else bool(row[0])


def insert_attachment(connection: Connection, ticket_id: int, attachment: Attachment) -> bool:
    """Keep a file with a ticket; False where it has it."""
    parameters = {**attachment._asdict(), "ticket_id": ticket_id}
    connection.execute(_QUERIES["insert_blob"], parameters)
    return connection.execute(_QUERIES["insert_attachment"], parameters).fetchone() is not None


def select_attachments(connection: Connection, ticket_id: int) -> list[Attachment]:
    """Return the files of a ticket, in the order of their arrival."""
    rows = connection.execute(_QUERIES["select_attachments"], {"ticket_id": ticket_id})
    return [Attachment(*row) for row in rows]
