"""SQL of the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.webhooks.event_types import EVENT_TYPES, TEST_EVENT_TYPE
from alerts.webhooks.kinds import KINDS
from core.db import Connection, translated_errors
from core.sql import load_queries

if TYPE_CHECKING:
    from alerts.webhooks.outbox.messages import Message

_QUERIES = load_queries("alerts.webhooks.outbox")

#: Kinds of endpoints, and the types of messages that have no form there.
_UNCARRIED = [
    (name, event_type)
    for name, kind in KINDS.items()
    for event_type in EVENT_TYPES
    if not kind.can_carry(event_type)
]


def insert_messages(connection: Connection, messages: "Sequence[Message]", now: datetime) -> None:
    """Store messages with their deliveries."""
    columns = (
        "event_type",
        "subject_kind",
        "subject_id",
        "seq",
        "town_id",
        "severity",
        "body",
        "group_key",
    )
    parameters = {name: [getattr(message, name) for message in messages] for name in columns}
    parameters["narrow_kinds"] = [kind for kind, _ in _UNCARRIED]
    parameters["uncarried_types"] = [event_type for _, event_type in _UNCARRIED]
    connection.execute(_QUERIES["insert_messages"], {**parameters, "now": now})


def wake(connection: Connection) -> None:
    """Wake relays and live streams at COMMIT."""
    connection.execute(_QUERIES["wake"])


def next_endpoint_seq(connection: Connection, endpoint_id: int) -> int:
    """Return the number of the next message about an endpoint; the caller holds its lock."""
    parameters = {"endpoint_id": endpoint_id}
    with translated_errors():
        row = connection.execute(_QUERIES["next_endpoint_seq"], parameters).fetchone()
    assert row is not None, "an aggregate without GROUP BY returns one row"
    return int(row[0])


def insert_test_message(
    connection: Connection, *, endpoint_id: int, uid: str, seq: int, body: bytes, now: datetime
) -> None:
    """Queue a test message for one endpoint alone."""
    parameters = {
        "endpoint_id": endpoint_id,
        "uid": uid,
        "event_type": TEST_EVENT_TYPE,
        "seq": seq,
        "body": body,
        "now": now,
    }
    with translated_errors():
        connection.execute(_QUERIES["insert_test_message"], parameters)
