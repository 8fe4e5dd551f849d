"""The values of evidence: audit events and checkpoints. Pure data, no SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class AuditEvent(NamedTuple):
    """Who did what to which thing, and when by our clock; ``detail`` is JSON-ready."""

    at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    detail: Mapping[str, Any]


class Checkpoint(NamedTuple):
    """A signed statement: the first ``size`` entries of the ledger have this root."""

    size: int
    root_hash: bytes
    note: str
    verifier_key: str
    created_at: datetime
