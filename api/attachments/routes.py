"""Photos and documents of tickets: the body of the request is the file."""

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Request, Response

from alerts.attachments import actions
from alerts.evidence.media import MEDIA_TYPES
from api.attachments.schemas import Attachment
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.routing import strict_router
from api.schemas import BigId

router = strict_router("tickets")

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILES = dict.fromkeys(MEDIA_TYPES, _FILE)


async def _content(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/tickets/{ticket_id}/attachments",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": _FILES}},
)
def create_attachment(
    *,
    # First, so that no connection to the database waits for a slow upload.
    content: Annotated[bytes, Depends(_content)],
    connection: TransactionDep,
    services: ServicesDep,
    ticket_id: BigId,
    actor: ActorDep,
    now: NowDep,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
) -> Attachment:
    """Keep a file with a ticket; its Content-Type must be what it is. Repeating changes nothing."""
    kept = actions.attach(
        connection,
        services.blobs,
        ticket_id,
        content,
        declared_type=content_type.partition(";")[0].strip().lower(),
        actor=actor,
        now=now,
    )
    return Attachment(**kept._asdict())


@router.get(
    "/tickets/{ticket_id}/attachments/{sha256}",
    response_class=Response,
    responses={200: {"content": _FILES}},
)
def get_attachment(
    *, connection: TransactionDep, services: ServicesDep, ticket_id: BigId, sha256: Sha256
) -> Response:
    """One file, exactly as it was received."""
    attachment, content = actions.read(connection, services.blobs, ticket_id, sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{sha256[:16]}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{sha256}"',
    }
    return Response(content, media_type=attachment.media_type, headers=headers)
