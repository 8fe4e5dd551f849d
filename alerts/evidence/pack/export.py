"""Exporting a pack: gathered, entered in the ledger, signed for, proven; one transaction.

The entry of the export holds the hash of everything that was gathered and says which audit lines
there were, so that the signed checkpoint vouches for every file, also for those that no other entry
knows of, and no line can be left out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.evidence import anchors, audit, ledger, store
from alerts.evidence.blobs import BlobDir
from alerts.evidence.keys import load_signer
from alerts.evidence.note import Signer
from alerts.evidence.pack import contents, proofs
from alerts.evidence.pack import store as pack_store
from alerts.evidence.pack.archive import encode_archive
from alerts.evidence.pack.manifest import contents_sha256, lines_sha256, with_manifest
from alerts.evidence.pack.store import Line
from alerts.schedules.wall_clock import zone_of
from alerts.tickets.sla.policy import load_policy
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, NotFoundError
from core.settings import EvidenceSettings


class Order(NamedTuple):
    """What somebody wants: ``known_note`` is a checkpoint from which they want proof."""

    ticket_id: int
    is_redacted: bool = False
    known_note: str | None = None


class Exporter(NamedTuple):
    """What an export needs besides the database: files, the ledger's key, the county's clocks."""

    blobs: BlobDir
    signer: Signer
    zone: ZoneInfo
    bytes_max: int


def exporter_of(evidence: EvidenceSettings) -> Exporter:
    """Return what the settings say about exports.

    Raises: ConflictError: there is no key to sign with.
    """
    if evidence.signing_key is None:
        raise ConflictError("nothing can be signed: TRAPWATCH_EVIDENCE__SIGNING_KEY is not set")
    return Exporter(
        BlobDir(evidence.blob_dir),
        load_signer(evidence.origin, evidence.signing_key.get_secret_value()),
        zone_of(load_policy().zone),
        evidence.pack_bytes_max,
    )


def export(
    connection: Connection, exporter: Exporter, order: Order, *, actor: str, now: datetime
) -> bytes:
    """Return the pack of a ticket as a ZIP; that it was made is an entry of the ledger.

    Raises: NotFoundError; ConflictError: something happened to the ticket meanwhile, or the pack
        would be too large; InvalidRequestError: ``known_note`` is no checkpoint of this ledger;
        EvidenceDamagedError: a file is gone or altered, or the ledger was rewritten.
    """
    before = pack_store.select_versions(connection, order.ticket_id)
    if before is None:
        raise NotFoundError(f"there is no ticket {order.ticket_id}")
    found = contents.gather(
        connection, exporter.blobs, order.ticket_id,
        zone=exporter.zone, is_redacted=order.is_redacted, now=now,
    )  # fmt: skip
    size = sum(map(len, found.files.values()))
    if size > exporter.bytes_max:
        raise ConflictError(
            f"a pack may have {exporter.bytes_max} bytes (TRAPWATCH_EVIDENCE__PACK_BYTES_MAX), "
            f"this one has {size}"
        )
    _freeze(connection, exporter.signer, now)
    # From here to COMMIT nothing else enters the ledger: what was read must still be so.
    if pack_store.select_versions(connection, order.ticket_id) != before:
        raise ConflictError(f"something happened to ticket {order.ticket_id} meanwhile; try again")
    lines = proofs.select_lines(connection, found.subjects)
    _record(connection, order, found.files, lines, actor=actor, now=now)
    checkpoint = ledger.make_checkpoint(connection, exporter.signer, now)
    assert checkpoint is not None, "the ledger has at least the export"
    anchors.tell(connection, checkpoint, now)
    files = found.files | proofs.proof_files(
        connection, found.subjects, checkpoint, order.known_note, is_redacted=order.is_redacted
    )
    return encode_archive(with_manifest(files, order.ticket_id, is_redacted=order.is_redacted))


def _freeze(connection: Connection, signer: Signer, now: datetime) -> None:
    """Keep everybody else's entries out; ours get their places at once."""
    # In the order of the timer that signs: this lock first, the ledger's after it.
    wait_lock(connection, AdvisoryLock.CHECKPOINT)
    ledger.announce_key(connection, signer, now)
    wait_lock(connection, AdvisoryLock.LEDGER)
    store.number_entries(connection)


def _record(
    connection: Connection,
    order: Order,
    files: Mapping[str, bytes],
    lines: Sequence[Line],
    *,
    actor: str,
    now: datetime,
) -> None:
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="evidence.exported",
        subject_kind="ticket",
        subject_id=str(order.ticket_id),
        detail={
            "contents_sha256": contents_sha256(files),
            "lines_sha256": lines_sha256(line.seq for line in lines),
            "is_redacted": order.is_redacted,
        },
    )
