"""Our side of a ticket that another jurisdiction takes on: it goes out, and its echoes come back.

Handing over changes neither the ticket's state nor its clocks: the duty stays ours until the other
side says that it is done and our own verifier closes the ticket. Who wants the clocks to rest has
the supervisor suspend it, with a document and a review date, as for any other reason.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from alerts.attachments import store as attachments
from alerts.evidence import audit
from alerts.evidence.blobs import BlobDir
from alerts.handover import store
from alerts.handover.document import EchoDocument, File, TicketDocument, payload_of, read_payload
from alerts.handover.envelope import seal, unseal
from alerts.handover.party import Party
from alerts.handover.store import Echo, Sent
from alerts.tickets import actions, guards, recording
from alerts.tickets.lifecycle import ENDED, Role
from alerts.tickets.model import Act, Actor
from core.db import Connection
from core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    PreconditionFailedError,
)
from core.instant import format_rfc3339, to_us


def hand_over(
    connection: Connection,
    blobs: BlobDir,
    ticket_id: int,
    *,
    recipient: str,
    note: str,
    with_files: bool,
    party: Party,
    actor: Actor,
    expected_version: int | None,
    now: datetime,
) -> Sent:
    """Make the signed document of a ticket for another jurisdiction, and keep it.

    Raises: NotFoundError, PreconditionFailedError, ForbiddenError (it is the dispatcher's),
        ConflictError (it has ended, or there is no key of ours), InvalidRequestError (no such
        recipient, or the document is too large), EvidenceDamagedError.
    """
    guards.check_role(actor, Role.DISPATCHER, "handing over")
    signer = party.require_signer()
    if recipient == party.name:
        raise InvalidRequestError("recipient: that is us; within the county tickets are dispatched")
    if not party.trusts(recipient):
        raise InvalidRequestError(
            f"recipient: no key of {recipient} is trusted here, so its echo could not be taken"
        )
    ticket = actions.lock(connection, ticket_id)
    if expected_version is not None and ticket.version != expected_version:
        raise PreconditionFailedError(
            f"ticket {ticket_id} is at version {ticket.version}, not {expected_version}"
        )
    if ticket.state in ENDED:
        raise ConflictError(f"ticket {ticket_id} is {ticket.state}: there is nothing to hand over")
    seq = store.next_seq(connection, ticket_id)
    payload = TicketDocument(
        origin=party.name,
        recipient=recipient,
        ticket=ticket_id,
        seq=seq,
        made_at=now,
        note=note,
        files=_files(connection, blobs, ticket_id, party.document_bytes_max if with_files else 0),
        **store.select_facts(connection, ticket_id),
    )
    document = seal(payload_of(payload), signer)
    if len(document) > party.document_bytes_max:
        raise _too_large(
            f"the document has {len(document)} bytes, {party.document_bytes_max} are allowed"
        )
    digest = sha256(document).hexdigest()
    sent = Sent(ticket_id, seq, recipient, note, digest, actor.name, now)
    store.insert_sent(connection, sent, document)
    detail = {"recipient": recipient, "seq": seq, "sha256": digest, "note": note}
    act = Act("handed_over", actor.name, detail)
    recording.record(connection, ticket, ticket, act, now, role=Role.DISPATCHER)
    return sent


def record_echo(
    connection: Connection, document: bytes, *, party: Party, actor: Actor, now: datetime
) -> tuple[Sent, bool]:
    """Take down what the other side says became of a ticket.

    Returns the hand-over, and whether it is news: an older echo than one that is here is kept, but
    does not enter the history, because nothing goes back in time.

    Raises: ForbiddenError, InvalidRequestError (see ``unseal``), NotFoundError, ConflictError:
        another echo of that version and moment is here.
    """
    guards.check_role(actor, Role.CLERK, "recording an echo")
    echo = read_payload(unseal(document, party.trusted), EchoDocument, party.name)
    found = store.select_sent(connection, echo.ticket, echo.seq)
    if not found:
        raise NotFoundError(f"hand-over {echo.seq} of ticket {echo.ticket} was never made here")
    (sent,) = found
    if sent.recipient != echo.origin:
        raise ForbiddenError(f"this was handed over to {sent.recipient}, not to {echo.origin}")
    ticket = actions.lock(connection, echo.ticket)
    digest = sha256(document).hexdigest()
    before = [one for one in store.select_echoes(connection, echo.ticket) if one.seq == echo.seq]
    for one in before:
        if one.sha256 == digest:
            return sent, False
        if (one.their_version, one.made_at) == echo.order:
            raise ConflictError("another echo of that version and moment is here already")
    store.insert_echo(connection, echo, document, digest, recorded_by=actor.name, now=now)
    is_news = is_newest(before, echo)
    detail = {
        "origin": echo.origin,
        "seq": echo.seq,
        "their_ticket": echo.their_ticket,
        "state": echo.state,
        "state_at": format_rfc3339(to_us(echo.state_at)),
        "version": echo.version,
        "note": echo.note,
        "sha256": digest,
    }
    if is_news:
        act = Act("handover_echo", actor.name, detail)
        recording.record(connection, ticket, ticket, act, now, role=Role.CLERK)
    else:
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="ticket.handover_echo_late",
            subject_kind="ticket",
            subject_id=str(echo.ticket),
            detail=detail,
        )
    return sent, is_news


def is_newest(before: Sequence[Echo], echo: EchoDocument) -> bool:
    """Return whether an echo is newer than those here: by their version, then their clock."""
    return all((one.their_version, one.made_at) < echo.order for one in before)


def _files(connection: Connection, blobs: BlobDir, ticket_id: int, bytes_max: int) -> list[File]:
    """Return the files of a ticket, with what is in them where ``bytes_max`` is not 0."""
    found = attachments.select_attachments(connection, ticket_id)
    if bytes_max and sum(one.byte_count for one in found) > bytes_max:
        raise _too_large(f"the files alone have more than {bytes_max} bytes")
    return [
        File(
            sha256=one.sha256,
            media_type=one.media_type,
            byte_count=one.byte_count,
            content=base64.b64encode(blobs.read(one.sha256)).decode() if bytes_max else None,
        )
        for one in found
    ]


def _too_large(detail: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{detail}: hand over without the files, which stand in it by their SHA-256"
    )
