"""The files of a pack that prove the others: audit lines, checkpoint, keys, Merkle proofs."""

from collections.abc import Sequence

import orjson

from alerts.evidence import ledger, merkle, store
from alerts.evidence.canonical import format_ms, openings
from alerts.evidence.merkle import Span
from alerts.evidence.model import Checkpoint
from alerts.evidence.note import read_checkpoint
from alerts.evidence.pack import store as pack_store
from alerts.evidence.pack.manifest import to_json
from alerts.evidence.pack.store import Line
from core.db import Connection
from core.errors import EvidenceDamagedError, InvalidRequestError


def proof_files(
    connection: Connection,
    subjects: Sequence[tuple[str, str]],
    checkpoint: Checkpoint,
    known_note: str | None,
    *,
    is_redacted: bool,
) -> dict[str, bytes]:
    """Return the files by path; ``known_note``: the checkpoint from which the reader wants proof.

    Raises: InvalidRequestError: that is none of this ledger; EvidenceDamagedError: the ledger does
        not continue it.
    """
    keys = pack_store.select_keys(connection)
    lines = select_lines(connection, subjects)
    return {
        "checkpoint.txt": checkpoint.note.encode(),
        "keys.txt": "".join(f"{format_ms(used_at)} {key}\n" for key, used_at in keys).encode(),
        "events.jsonl": b"".join(_line(line, is_redacted=is_redacted) for line in lines),
        "proofs/inclusion.json": _inclusion(connection, lines, checkpoint.size),
        "proofs/consistency.json": _consistency(connection, checkpoint, known_note),
    }


def select_lines(connection: Connection, subjects: Sequence[tuple[str, str]]) -> list[Line]:
    """Return the audit lines about (kind, id) subjects and about the ledger's keys, in order."""
    keys = pack_store.select_keys(connection)
    names = sorted({("ledger", key.partition("+")[0]) for key, _ in keys})
    return pack_store.select_lines(connection, [*subjects, *names])


def _line(line: Line, *, is_redacted: bool) -> bytes:
    document: dict[str, object] = {
        "seq": line.seq,
        "previous": line.previous.hex(),
        "chain": line.chain.hex(),
        "leaf": line.leaf.hex(),
    }
    # A line from before there were commitments names people in its very bytes.
    if line.salt is not None or not is_redacted:
        document["canonical"] = line.canonical.decode()
    named = {} if line.salt is None else openings(line.actor, line.detail)
    if line.salt is not None and named and not is_redacted:
        document["salt"] = line.salt.hex()
        document["openings"] = named
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _inclusion(connection: Connection, lines: Sequence[Line], size: int) -> bytes:
    spans = {line.seq: merkle.inclusion_spans(line.seq, size) for line in lines}
    wanted = sorted({span for path in spans.values() for span in path})
    hashes = dict(zip(wanted, ledger.hash_spans(connection, wanted), strict=True))
    paths = {str(seq): [hashes[span].hex() for span in path] for seq, path in spans.items()}
    return to_json({"size": size, "paths": paths})


def _consistency(connection: Connection, checkpoint: Checkpoint, known_note: str | None) -> bytes:
    old_note = known_note
    if old_note is None:
        before = store.select_checkpoint_below(connection, checkpoint.size)
        if before is None:
            return to_json({"old_note": None, "size": checkpoint.size, "path": []})
        old_note = before.note
    try:
        old = read_checkpoint(old_note)
    except ValueError as error:
        raise InvalidRequestError(f"known_checkpoint: {error}") from None
    if old.origin != read_checkpoint(checkpoint.note).origin:
        raise InvalidRequestError(f"known_checkpoint: it is of another ledger, {old.origin}")
    is_start = 0 < old.size <= checkpoint.size
    if not is_start or ledger.hash_spans(connection, [Span(0, old.size)]) != [old.root_hash]:
        raise EvidenceDamagedError(
            f"the ledger does not continue the checkpoint of {old.size} entries: it was rewritten"
        )
    path = ledger.prove_consistency(connection, old.size, checkpoint.size)
    document = {
        "old_note": old_note, "size": checkpoint.size, "path": [item.hex() for item in path],
    }  # fmt: skip
    return to_json(document)
