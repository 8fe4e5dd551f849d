"""The audit trail: one row for each act, written in the transaction that acts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.evidence import store
from alerts.evidence.model import AuditEvent
from core.db import Connection


def record(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    detail: Mapping[str, Any],
) -> None:
    """Append one event; ``detail`` is JSON-ready."""
    event = AuditEvent(at, actor, action, subject_kind, subject_id, detail)
    store.insert_audit_events(connection, [event])


def record_all(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Append events in order, in one statement."""
    if events:
        store.insert_audit_events(connection, events)
