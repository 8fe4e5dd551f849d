"""The ledger: signed checkpoints of its tree, and proofs against them.

Entries are appended by the database itself, at the COMMIT of whoever writes an audit event
(migrations/versions/0012_ledger.sql). Here the tree over them is summed up and signed.
"""

from collections.abc import Sequence
from datetime import datetime

from alerts.evidence import audit, merkle, store
from alerts.evidence.merkle import Node, Span
from alerts.evidence.model import Checkpoint
from alerts.evidence.note import Signer, checkpoint_text
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import EvidenceDamagedError

SYSTEM = "system"


def announce_key(connection: Connection, signer: Signer, now: datetime) -> bool:
    """Record a signing key at its first use; that is an entry of the ledger like any act.

    True where it was new: the caller must commit before it makes a checkpoint, so that the
    checkpoint covers the entry.
    """
    before = store.select_last_key(connection)
    is_new = store.insert_key(connection, signer.verifier_key, now)
    if is_new:
        audit.record(
            connection,
            at=now,
            actor=SYSTEM,
            action="ledger.key_used",
            subject_kind="ledger",
            subject_id=signer.name,
            detail={"key": signer.verifier_key, "before": before},
        )
    return is_new


def is_due(connection: Connection, before: datetime) -> bool:
    """Return whether entries wait for a checkpoint, and the last one is of ``before`` or older."""
    last = store.select_last_checkpoint(connection)
    size = store.select_size(connection)
    if last is None:
        return size > 0
    return last.created_at <= before and last.size < size


def make_checkpoint(connection: Connection, signer: Signer, now: datetime) -> Checkpoint | None:
    """Sign the ledger as it is; the last checkpoint again where nothing was added since.

    None where the ledger is empty. The key must have been announced.

    Raises: EvidenceDamagedError: the ledger is not the continuation of its last checkpoint.
    """
    wait_lock(connection, AdvisoryLock.CHECKPOINT)
    size = store.select_size(connection)
    last = store.select_last_checkpoint(connection)
    if last is not None:
        _check_continues(connection, last, size)
    if size == 0 or (last is not None and last.size == size):
        return last
    _grow_nodes(connection, size)
    (root,) = hash_spans(connection, [Span(0, size)])
    note = signer.note(checkpoint_text(signer.name, size, root))
    checkpoint = Checkpoint(size, root, note, signer.verifier_key, now)
    store.insert_checkpoint(connection, checkpoint)
    return checkpoint


def prove_inclusion(connection: Connection, index: int, size: int) -> list[bytes]:
    """Return the audit path of an entry in the tree of the first ``size`` entries.

    Raises: ValueError: the entry is not among them.
    """
    return hash_spans(connection, merkle.inclusion_spans(index, size))


def prove_consistency(connection: Connection, old_size: int, size: int) -> list[bytes]:
    """Return the proof that the tree of ``old_size`` is the start of that of ``size``.

    Raises: ValueError: ``old_size`` is not from 1 to ``size``.
    """
    return hash_spans(connection, merkle.consistency_spans(old_size, size))


def hash_spans(connection: Connection, spans: Sequence[Span]) -> list[bytes]:
    """Return the hash of each span of entries; complete subtrees must have been stored."""
    nodes = sorted({node for span in spans for node in merkle.nodes_of(span)})
    hashes = store.select_hashes(connection, nodes)
    return [merkle.hash_of(span, hashes) for span in spans]


def _check_continues(connection: Connection, last: Checkpoint, size: int) -> None:
    """Never sign what contradicts what was signed before."""
    if size < last.size or hash_spans(connection, [Span(0, last.size)]) != [last.root_hash]:
        raise EvidenceDamagedError(
            f"the ledger of {size} entries does not continue its checkpoint of {last.size}: it was "
            "restored or rewritten; nothing is signed"
        )


def _grow_nodes(connection: Connection, size: int) -> None:
    """Store the hashes of subtrees that are complete now."""
    level, width = 1, merkle.WIDTH
    while width <= size:
        known = store.count_nodes(connection, level)
        for position in range(known, size // width):
            first = position * merkle.WIDTH
            children = [Node(level - 1, first + index) for index in range(merkle.WIDTH)]
            hashes = store.select_hashes(connection, children)
            root = merkle.root_of([hashes[child] for child in children])
            store.insert_node(connection, Node(level, position), root)
        level, width = level + 1, width * merkle.WIDTH
