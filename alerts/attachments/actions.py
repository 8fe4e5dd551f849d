"""Attaching and reading files; what they are is looked up in their bytes, not in their names."""

from datetime import datetime

from alerts.attachments import store
from alerts.attachments.model import Attachment
from alerts.evidence import audit
from alerts.evidence.blobs import BlobDir
from alerts.evidence.media import MEDIA_TYPES, media_type_of
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError


def attach(
    connection: Connection,
    blobs: BlobDir,
    ticket_id: int,
    content: bytes,
    *,
    declared_type: str,
    actor: str,
    now: datetime,
) -> Attachment:
    """Keep a file with a ticket; the same file again changes nothing.

    Raises: NotFoundError; InvalidRequestError: empty, cut off, of a type that is not kept, or not
        what it is declared as; ConflictError: the ticket has ended.
    """
    found = media_type_of(content)
    if found is None:
        raise InvalidRequestError(f"a whole file of {', '.join(MEDIA_TYPES)} expected")
    if found != declared_type:
        raise InvalidRequestError(f"declared as {declared_type or 'nothing'}, but it is {found}")
    is_open = store.is_open(connection, ticket_id)
    if is_open is None:
        raise NotFoundError(f"there is no ticket {ticket_id}")
    if not is_open:
        raise ConflictError(f"ticket {ticket_id} has ended: nothing is added to it")
    digest = blobs.put(content)
    attachment = Attachment(digest, found, len(content), actor, now)
    if store.insert_attachment(connection, ticket_id, attachment):
        audit.record(
            connection,
            at=now,
            actor=actor,
            action="ticket.attachment_added",
            subject_kind="ticket",
            subject_id=str(ticket_id),
            detail={"sha256": digest, "media_type": found, "byte_count": len(content)},
        )
    return attachment


def read(
    connection: Connection, blobs: BlobDir, ticket_id: int, digest: str
) -> tuple[Attachment, bytes]:
    """Return a file of a ticket.

    Raises: NotFoundError; EvidenceDamagedError: the file is not what was stored.
    """
    for attachment in store.select_attachments(connection, ticket_id):
        if attachment.sha256 == digest:
            return attachment, blobs.read(digest)
    raise NotFoundError(f"ticket {ticket_id} has no attachment {digest}")
