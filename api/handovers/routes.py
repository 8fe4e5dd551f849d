"""Hand-overs over HTTP. A document is the body, byte for byte; alerts.handover does the rest."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response

from alerts.handover import receiving, sending, store
from alerts.handover.store import Sent
from api.dependencies import CallerDep, NowDep, RequiredVersionDep, ServicesDep, TransactionDep
from api.handovers.schemas import (
    EchoOrder,
    Handover,
    HandoverOrder,
    ImportedHandover,
    ReceivedHandover,
    RecordedEcho,
    TicketHandovers,
)
from api.idempotency import Answered, OnceDep
from api.routing import strict_router
from api.schemas import BigId, Id
from core.db import Connection
from core.errors import NotFoundError

router = strict_router("handovers")

Seq = Annotated[int, Path(ge=1, le=2_147_483_647)]
_DOCUMENT: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
_DOCUMENT_BODY = {"requestBody": {"required": True, "content": _DOCUMENT}}


async def _document(request: Request) -> bytes:
    return await request.body()


DocumentDep = Annotated[bytes, Depends(_document)]


@router.post("/tickets/{ticket_id}/handovers", status_code=201, response_model=Handover)
def create_handover(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    ticket_id: BigId,
    order: HandoverOrder,
    version: RequiredVersionDep,
    caller: CallerDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Sign a ticket over to another jurisdiction; its state and clocks here go on."""

    def make() -> Answered:
        sent = sending.hand_over(
            connection,
            services.blobs,
            ticket_id,
            recipient=order.recipient,
            note=order.note,
            with_files=order.with_files,
            party=services.party,
            actor=caller,
            expected_version=version,
            now=now,
        )
        location = f"/api/v1/tickets/{ticket_id}/handovers/{sent.seq}/document"
        return Answered(201, _with_echoes(connection, sent), {"Location": location})

    return once.answer(connection, make)


@router.get("/tickets/{ticket_id}/handovers")
def list_handovers(*, connection: TransactionDep, ticket_id: BigId) -> TicketHandovers:
    """Where a ticket went, with the echoes, and where it came from."""
    echoes = store.select_echoes(connection, ticket_id)
    return TicketHandovers(
        sent=[Handover.of(one, echoes) for one in store.select_sent(connection, ticket_id)],
        received=[
            ReceivedHandover(**one._asdict())
            for one in store.select_received(connection, ticket_id)
        ],
    )


@router.get(
    "/tickets/{ticket_id}/handovers/{seq}/document",
    response_class=Response,
    responses={200: {"content": _DOCUMENT}},
)
def get_handover_document(*, connection: TransactionDep, ticket_id: BigId, seq: Seq) -> Response:
    """The signed document of a hand-over of ours, to be sent as it is."""
    return _file(store.select_document(connection, ticket_id, seq))


@router.get(
    "/tickets/{ticket_id}/received-handovers/{seq}/document",
    response_class=Response,
    responses={200: {"content": _DOCUMENT}},
)
def get_received_document(*, connection: TransactionDep, ticket_id: BigId, seq: Seq) -> Response:
    """The signed document by which a ticket came to us, with its facts, history and alerts."""
    return _file(store.select_received_document(connection, ticket_id, seq))


@router.post("/handovers/import", status_code=201, openapi_extra=_DOCUMENT_BODY)
def import_handover(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    document: DocumentDep,
    caller: CallerDep,
    now: NowDep,
    trap: Annotated[
        Id | None, Query(description="trap_id, where code and register number do not tell")
    ] = None,
) -> ImportedHandover:
    """Open the ticket that somebody hands over to us; the same document again changes nothing."""
    received, is_new = receiving.import_ticket(
        connection,
        services.blobs,
        document,
        trap_id=trap,
        party=services.party,
        actor=caller,
        now=now,
    )
    return ImportedHandover(**received._asdict(), is_new=is_new)


@router.post(
    "/tickets/{ticket_id}/handover-echoes",
    response_class=Response,
    responses={200: {"content": _DOCUMENT}},
)
def create_handover_echo(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    ticket_id: BigId,
    order: EchoOrder,
    caller: CallerDep,
    now: NowDep,
) -> Response:
    """Sign how a ticket that was handed over to us stands, to be sent back as it is."""
    document = receiving.make_echo(
        connection, ticket_id, note=order.note, party=services.party, actor=caller, now=now
    )
    return _file(document)


@router.post("/handovers/echoes", openapi_extra=_DOCUMENT_BODY)
def record_handover_echo(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    document: DocumentDep,
    caller: CallerDep,
    now: NowDep,
) -> RecordedEcho:
    """Take down what became of a ticket that we handed over; older echoes undo nothing."""
    sent, is_news = sending.record_echo(
        connection, document, party=services.party, actor=caller, now=now
    )
    return RecordedEcho(is_news=is_news, handover=_with_echoes(connection, sent))


def _with_echoes(connection: Connection, sent: Sent) -> Handover:
    return Handover.of(sent, store.select_echoes(connection, sent.ticket_id))


def _file(document: bytes | None) -> Response:
    if document is None:
        raise NotFoundError("there is no such document of this ticket")
    return Response(document, media_type="application/json")
