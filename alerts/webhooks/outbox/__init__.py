"""The transactional outbox: messages are rows of the transaction that caused them."""

from collections.abc import Sequence
from datetime import datetime

from alerts.webhooks.outbox import store
from alerts.webhooks.outbox.messages import (
    AlertNotice,
    Message,
    alert_messages,
    complaint_message,
    endpoint_message,
    system_message,
    ticket_message,
)
from alerts.webhooks.outbox.store import next_endpoint_seq, wake
from core.db import Connection

__all__ = [
    "AlertNotice",
    "Message",
    "alert_messages",
    "complaint_message",
    "endpoint_message",
    "next_endpoint_seq",
    "put",
    "system_message",
    "ticket_message",
    "wake",
]


def put(connection: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Store messages for every endpoint that wants them; relays see them at COMMIT."""
    if messages:
        store.insert_messages(connection, messages, now)
