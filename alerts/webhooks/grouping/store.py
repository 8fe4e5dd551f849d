"""SQL of grouped messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from alerts.webhooks.grouping.digest import Digest
from alerts.webhooks.quiet_hours import WAITING_SEVERITIES
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.webhooks.grouping")

#: The ``group_key`` of what waits for the end of an endpoint's quiet hours, whatever it is about.
QUIET_KEY = "quiet_hours"


class Group(NamedTuple):
    """Messages of one rule or problem in one town (0: none) for one endpoint; ``seq`` is next."""

    endpoint_id: int
    town_id: int
    group_key: str
    seq: int


def select_due_groups(
    connection: Connection,
    first_before: datetime,
    told_before: datetime,
    quiet_ids: Sequence[int],
) -> list[Group]:
    """Return the groups that are to be told now; what is held is not, in quiet hours."""
    parameters = {
        "first_before": first_before,
        "told_before": told_before,
        "quiet_ids": list(quiet_ids),
        "quiet_key": QUIET_KEY,
    }
    return [Group(*row) for row in connection.execute(_QUERIES["select_due_groups"], parameters)]


def take_messages(connection: Connection, group: Group) -> list[tuple[int, bytes]]:
    """Take a group's messages (number, body) off the list, oldest first."""
    rows = connection.execute(_QUERIES["take_messages"], group._asdict())
    return [(message_id, bytes(body)) for message_id, body in rows]


def insert_delivery(connection: Connection, group: Group, message_id: int, now: datetime) -> None:
    """Queue a single message as it is."""
    parameters = {"endpoint_id": group.endpoint_id, "message_id": message_id, "now": now}
    connection.execute(_QUERIES["insert_delivery"], parameters)


def insert_digest(connection: Connection, group: Group, made: Digest, now: datetime) -> int:
    """Queue a message that stands for several; return its delivery."""
    parameters = {**group._asdict(), **made._asdict(), "now": now}
    row = connection.execute(_QUERIES["insert_digest"], parameters).fetchone()
    assert row is not None, "the query returns the row it wrote"
    return int(row[0])


def next_seq(connection: Connection, endpoint_id: int, group_key: str, now: datetime) -> int:
    """Note that a group of no town is told now; return the number of that message."""
    parameters = {"endpoint_id": endpoint_id, "group_key": group_key, "now": now}
    row = connection.execute(_QUERIES["next_seq"], parameters).fetchone()
    assert row is not None, "the query returns the row it wrote"
    return int(row[0])


def select_quiet_hours(connection: Connection) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the endpoints that have quiet hours, with these as written."""
    return [(row[0], row[1]) for row in connection.execute(_QUERIES["select_quiet_hours"])]


def hold_messages(connection: Connection, quiet_ids: Sequence[int]) -> None:
    """Put what can wait, of endpoints whose quiet hours it is, into one group each."""
    parameters = {
        "quiet_ids": list(quiet_ids),
        "quiet_key": QUIET_KEY,
        "severities": list(WAITING_SEVERITIES),
    }
    connection.execute(_QUERIES["hold_messages"], parameters)


def note_told(connection: Connection, group: Group, now: datetime) -> None:
    """Note that a group has been told."""
    connection.execute(_QUERIES["upsert_group"], {**group._asdict(), "now": now})


def delete_unwanted(connection: Connection) -> None:
    """Forget what waits for disabled endpoints."""
    connection.execute(_QUERIES["delete_unwanted"])


def notify_relays(connection: Connection) -> None:
    """Wake the relays at COMMIT."""
    connection.execute(_QUERIES["notify_relays"])
