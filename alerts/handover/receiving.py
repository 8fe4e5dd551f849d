"""Our side of a ticket that another jurisdiction hands over: it comes in, and we echo its state."""

import base64
import binascii
from datetime import datetime
from hashlib import sha256

from alerts.attachments import actions as attachments
from alerts.evidence import audit
from alerts.evidence.blobs import BlobDir
from alerts.handover import store
from alerts.handover.document import (
    EchoDocument,
    File,
    TicketDocument,
    payload_of,
    read_payload,
)
from alerts.handover.envelope import seal, unseal
from alerts.handover.party import Party
from alerts.handover.store import Received
from alerts.tickets import actions, guards, openings, recording
from alerts.tickets.lifecycle import ENDED, Role
from alerts.tickets.model import Act, Actor, NewTicket, Ticket
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, InvalidRequestError, NotFoundError


def import_ticket(
    connection: Connection,
    blobs: BlobDir,
    document: bytes,
    *,
    trap_id: int | None,
    party: Party,
    actor: Actor,
    now: datetime,
) -> tuple[Received, bool]:
    """Open the ticket of a hand-over; return it, and whether it was not here already.

    The same document again changes nothing. A later hand-over of the same ticket goes into the
    history of the one that it opened here, unless that has ended.

    Raises: ForbiddenError (it is the clerk's; an unknown signer), InvalidRequestError (altered, for
        another, no trap fits), ConflictError (the same number with other contents, an older one, or
        this problem of the trap has an active ticket).
    """
    guards.check_role(actor, Role.CLERK, "taking over")
    given = read_payload(unseal(document, party.trusted), TicketDocument, party.name)
    # Hand-overs are rare: they take turns, so that the same one twice at once opens one ticket.
    wait_lock(connection, AdvisoryLock.HANDOVER_IMPORT)
    digest = sha256(document).hexdigest()
    before = store.select_received_from(connection, given.origin, given.ticket)
    for one in before:
        if one.seq == given.seq and one.sha256 == digest:
            return one, False
        if one.seq == given.seq:
            raise ConflictError(
                f"hand-over {given.seq} of ticket {given.ticket} of {given.origin} is here with "
                "other contents"
            )
    if before and before[-1].seq > given.seq:
        raise ConflictError(f"hand-over {before[-1].seq} of this ticket is here: this one is older")
    ticket = _active(connection, before) or _open(connection, given, trap_id, actor, now)
    if trap_id is not None and trap_id != ticket.trap_id:
        raise ConflictError(f"ticket {ticket.ticket_id}, which it opened, is about another trap")
    _attach_files(connection, blobs, ticket.ticket_id, given.files, actor=actor, now=now)
    received = Received(
        given.origin, given.ticket, given.seq, ticket.ticket_id, digest, actor.name, now
    )
    store.insert_received(connection, received, document)
    detail = {
        "origin": given.origin,
        "their_ticket": given.ticket,
        "seq": given.seq,
        "state": given.facts.state,
        "note": given.note,
        "sha256": digest,
        "files_left_out": [one.sha256 for one in given.files if one.content is None],
    }
    act = Act("taken_over", actor.name, detail)
    recording.record(connection, ticket, ticket, act, now, role=Role.CLERK)
    return received, True


def make_echo(
    connection: Connection,
    ticket_id: int,
    *,
    note: str,
    party: Party,
    actor: Actor,
    now: datetime,
) -> bytes:
    """Return the signed document that tells the sender how a ticket stands here.

    Raises: NotFoundError: nobody handed this ticket over; ForbiddenError, ConflictError.
    """
    guards.check_role(actor, Role.CLERK, "an echo")
    signer = party.require_signer()
    ticket = actions.lock(connection, ticket_id)
    received = store.select_received(connection, ticket_id)
    if not received:
        raise NotFoundError(f"ticket {ticket_id} was not handed over to us")
    latest = received[-1]
    echo = EchoDocument(
        origin=party.name,
        recipient=latest.origin,
        ticket=latest.their_ticket,
        seq=latest.seq,
        their_ticket=ticket_id,
        made_at=now,
        state=ticket.state,
        state_at=ticket.updated_at,
        version=ticket.version,
        note=note,
    )
    document = seal(payload_of(echo), signer)
    audit.record(
        connection,
        at=now,
        actor=actor.name,
        action="ticket.echoed",
        subject_kind="ticket",
        subject_id=str(ticket_id),
        detail={
            "recipient": latest.origin,
            "state": ticket.state,
            "version": ticket.version,
            "note": note,
            "sha256": sha256(document).hexdigest(),
        },
    )
    return document


def _active(connection: Connection, before: list[Received]) -> Ticket | None:
    """Return the ticket that earlier hand-overs opened here, held; None where it has ended."""
    if not before:
        return None
    ticket = actions.lock(connection, before[-1].ticket_id)
    return None if ticket.state in ENDED else ticket


def _open(
    connection: Connection,
    given: TicketDocument,
    trap_id: int | None,
    actor: Actor,
    now: datetime,
) -> Ticket:
    facts = given.facts
    new = NewTicket(
        trap_id=_find_trap(connection, given) if trap_id is None else trap_id,
        restaurant_id=0,
        town_id=0,
        problem=facts.problem,
        severity=facts.severity,
        source_kind="handover",
        source_ref=f"{given.origin} {given.ticket}",
        summary=facts.summary,
    )
    return openings.open_by_person(connection, new, actor=actor, now=now).ticket


def _find_trap(connection: Connection, given: TicketDocument) -> int:
    """Return the trap with the sender's code at that restaurant, or its only one.

    A code alone proves nothing: each county numbers its traps as it likes.
    """
    facts = given.facts
    traps = store.find_traps(connection, facts.register_no, facts.trap_code)
    if traps and (traps[0][1] or len(traps) == 1):
        return traps[0][0]
    which = "has several traps" if traps else "is not in the register"
    raise InvalidRequestError(
        f"restaurant {facts.register_no} {which}, and none of code {facts.trap_code} is known: "
        "name the trap by trap_id"
    )


def _attach_files(
    connection: Connection,
    blobs: BlobDir,
    ticket_id: int,
    files: list[File],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    for index, file in enumerate(files):
        if file.content is None:
            continue
        try:
            content = base64.b64decode(file.content, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidRequestError(f"payload.files.{index}.content: no base64") from None
        if sha256(content).hexdigest() != file.sha256:
            raise InvalidRequestError(f"payload.files.{index}: the content is not that of sha256")
        attachments.attach(
            connection,
            blobs,
            ticket_id,
            content,
            declared_type=file.media_type,
            actor=actor.name,
            now=now,
        )
