"""SQL of grouped messages."""

from datetime import datetime
from typing import NamedTuple

from alerts.webhooks.grouping.digest import Digest
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.webhooks.grouping")


class Group(NamedTuple):
    """Messages of one rule or problem in one town (0: none) for one endpoint; ``seq`` is next."""

    endpoint_id: int
    town_id: int
    group_key: str
    seq: int


def select_due_groups(
    connection: Connection, first_before: datetime, told_before: datetime
) -> list[Group]:
    """Return the groups that are to be told now."""
    parameters = {"first_before": first_before, "told_before": told_before}
    return [Group(*row) for row in connection.execute(_QUERIES["select_due_groups"], parameters)]


def take_messages(connection: Connection, group: Group) -> list[tuple[int, bytes]]:
    """Take a group's messages (number, body) off the list, oldest first."""
    rows = connection.execute(_QUERIES["take_messages"], group._asdict())
    return [(message_id, bytes(body)) for message_id, body in rows]


def insert_delivery(connection: Connection, group: Group, message_id: int, now: datetime) -> None:
    """Queue a single message as it is."""
    parameters = {"endpoint_id": group.endpoint_id, "message_id": message_id, "now": now}
    connection.execute(_QUERIES["insert_delivery"], parameters)


def insert_digest(connection: Connection, group: Group, made: Digest, now: datetime) -> None:
    """Queue a message that stands for several."""
    parameters = {**group._asdict(), **made._asdict(), "now": now}
    connection.execute(_QUERIES["insert_digest"], parameters)


def note_told(connection: Connection, group: Group, now: datetime) -> None:
    """Note that a group has been told."""
    connection.execute(_QUERIES["upsert_group"], {**group._asdict(), "now": now})


def delete_unwanted(connection: Connection) -> None:
    """Forget what waits for disabled endpoints."""
    connection.execute(_QUERIES["delete_unwanted"])


def notify_relays(connection: Connection) -> None:
    """Wake the relays at COMMIT."""
    connection.execute(_QUERIES["notify_relays"])
