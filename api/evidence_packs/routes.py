"""Exports over HTTP; each is an entry of the ledger, with who asked for it."""

from typing import Any

from fastapi import Response

from alerts.evidence.pack.export import Order, export, exporter_of
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.evidence_packs.schemas import EvidenceOrder
from api.routing import strict_router

router = strict_router("exports")

_ZIP: dict[str, Any] = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


@router.post("/exports/evidence", response_class=Response, responses={200: {"content": _ZIP}})
def export_evidence(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    order: EvidenceOrder,
    actor: ActorDep,
    now: NowDep,
) -> Response:
    """Make the evidence pack of a ticket; the verifier is in it (docs/evidence.md)."""
    pack = export(
        connection,
        exporter_of(services.settings.evidence),
        Order(order.ticket_id, order.is_redacted, order.known_checkpoint),
        actor=actor,
        now=now,
    )
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-ticket-{order.ticket_id}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(pack, media_type="application/zip", headers=headers)
