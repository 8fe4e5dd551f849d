"""SQL of the audit trail and its ledger."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_bytes

import orjson

from alerts.evidence.canonical import canonical_event
from alerts.evidence.merkle import Node
from alerts.evidence.model import AuditEvent, Checkpoint
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.evidence")
_SALT_BYTES = 16


def insert_audit_events(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Append audit rows in order, each under a salt of its own."""
    salts = [token_bytes(_SALT_BYTES) for _ in events]
    connection.execute(
        _QUERIES["insert_audit_events"],
        {
            "at": [event.at for event in events],
            "actor": [event.actor for event in events],
            "action": [event.action for event in events],
            "subject_kind": [event.subject_kind for event in events],
            "subject_id": [event.subject_id for event in events],
            "detail": [orjson.dumps(event.detail).decode() for event in events],
            "canonical": [
                canonical_event(**event._asdict(), salt=salt)
                for event, salt in zip(events, salts, strict=True)
            ],
            "salt": salts,
        },
    )


def select_size(connection: Connection) -> int:
    """Return how many entries the ledger has."""
    row = connection.execute(_QUERIES["select_size"]).fetchone()
    return int(row[0]) if row else 0


def select_hashes(connection: Connection, nodes: Sequence[Node]) -> dict[Node, bytes]:
    """Return the hashes of leaves and stored subtrees; one that is missing is a defect."""
    hashes: dict[Node, bytes] = {}
    for level in sorted({node.level for node in nodes}):
        positions = [node.position for node in nodes if node.level == level]
        query = _QUERIES["select_nodes"] if level else _QUERIES["select_leaves"]
        parameters = {"level": level, "positions": positions}
        for position, value in connection.execute(query, parameters):
            hashes[Node(level, position)] = value
    assert len(hashes) == len(set(nodes)), "the ledger has a gap, or a subtree was not stored"
    return hashes


def count_nodes(connection: Connection, level: int) -> int:
    """Return how many subtrees of a level are stored."""
    row = connection.execute(_QUERIES["count_nodes"], {"level": level}).fetchone()
    return int(row[0]) if row else 0


def insert_node(connection: Connection, node: Node, value: bytes) -> None:
    """Store the hash of a complete subtree."""
    connection.execute(_QUERIES["insert_node"], {**node._asdict(), "hash": value})


def number_entries(connection: Connection) -> None:
    """Give this transaction's entries their places now; no other is given one before it ends."""
    connection.execute(_QUERIES["number_entries"])


def select_last_key(connection: Connection) -> str | None:
    """Return the signing key in use so far."""
    row = connection.execute(_QUERIES["select_last_key"]).fetchone()
    return None if row is None else str(row[0])


def insert_key(connection: Connection, verifier_key: str, now: datetime) -> bool:
    """Store a signing key; False where it is known."""
    parameters = {"verifier_key": verifier_key, "now": now}
    return connection.execute(_QUERIES["insert_key"], parameters).fetchone() is not None


def select_last_checkpoint(connection: Connection) -> Checkpoint | None:
    """Return the newest checkpoint."""
    row = connection.execute(_QUERIES["select_last_checkpoint"]).fetchone()
    return None if row is None else Checkpoint(*row)


def select_checkpoint_below(connection: Connection, size: int) -> Checkpoint | None:
    """Return the newest checkpoint of fewer than ``size`` entries."""
    row = connection.execute(_QUERIES["select_checkpoint_below"], {"size": size}).fetchone()
    return None if row is None else Checkpoint(*row)


def insert_checkpoint(connection: Connection, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint."""
    connection.execute(_QUERIES["insert_checkpoint"], checkpoint._asdict())
