"""SQL of the audit trail."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from core.db import Connection
from core.sql import load_queries

if TYPE_CHECKING:
    from alerts.evidence.audit import AuditEvent

_QUERIES = load_queries("alerts.evidence")


def insert_audit_events(connection: Connection, events: "Sequence[AuditEvent]") -> None:
    """Append audit rows in order."""
    connection.execute(
        _QUERIES["insert_audit_events"],
        {
            "at": [event.at for event in events],
            "actor": [event.actor for event in events],
            "action": [event.action for event in events],
            "subject_kind": [event.subject_kind for event in events],
            "subject_id": [event.subject_id for event in events],
            "detail": [orjson.dumps(event.detail).decode() for event in events],
        },
    )
