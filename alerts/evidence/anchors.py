"""Checkpoints that leave the house: whoever keeps one can prove that nothing before it changed."""

from datetime import datetime

from alerts.evidence.model import Checkpoint
from alerts.webhooks import outbox
from alerts.webhooks.event_types import CHECKPOINT_EVENT_TYPE
from core.db import Connection


def tell(connection: Connection, checkpoint: Checkpoint, now: datetime) -> None:
    """Send a checkpoint to the endpoints that ask for this event type by name."""
    data = {
        "size": checkpoint.size,
        "root_hash": checkpoint.root_hash.hex(),
        "note": checkpoint.note,
        "verifier_key": checkpoint.verifier_key,
    }
    message = outbox.system_message(
        CHECKPOINT_EVENT_TYPE, "ledger", str(checkpoint.size), data, now
    )
    outbox.put(connection, [message], now)
    outbox.wake(connection)
