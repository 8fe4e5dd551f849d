"""Pump-outs over HTTP. How they are filed, matched and confirmed stands in alerts.pump_outs."""

from typing import Annotated

from fastapi import Query, Response

from alerts.pump_outs import actions
from alerts.pump_outs.model import Party
from alerts.pump_outs.store import Manifest
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.moments import check_past
from api.paging import ID_MAX, Page, PagingDep
from api.pump_outs import store
from api.pump_outs.schemas import ConfirmationOrder, PumpOut, PumpOutOrder, PumpOutSource
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Instant
from core.db import Connection
from core.errors import NotFoundError

router = strict_router("pump-outs")


@router.get("/pump-outs")
def list_pump_outs(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
    trap: Annotated[Id | None, Query(description="trap_id")] = None,
    source: PumpOutSource | None = None,
    matched: Annotated[
        bool | None, Query(description="false: draw-downs without manifest, and the reverse")
    ] = None,
    from_at: Annotated[Instant | None, Query(alias="from", description="inclusive")] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive")] = None,
) -> Page[PumpOut]:
    """Pump-outs, the last known first; `from` and `to` are about `pumped_at`."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_pump_outs(
        connection,
        town=town,
        trap_id=trap,
        source=source,
        matched=matched,
        from_at=from_at,
        to_at=to_at,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.pump_out_id,))


@router.get("/pump-outs/{pump_out_id}")
def get_pump_out(connection: TransactionDep, pump_out_id: BigId) -> PumpOut:
    """One pump-out."""
    return _found(connection, pump_out_id)


@router.post("/pump-outs", status_code=201)
def create_pump_out(
    *,
    connection: TransactionDep,
    response: Response,
    order: PumpOutOrder,
    actor: ActorDep,
    now: NowDep,
) -> PumpOut:
    """File a manifest; it finds the draw-down that it explains."""
    check_past("pumped_at", order.pumped_at, now)
    manifest = Manifest(**order.model_dump())
    pump_out_id = actions.file_manifest(connection, manifest, actor, now)
    response.headers["Location"] = f"/api/v1/pump-outs/{pump_out_id}"
    return _found(connection, pump_out_id)


@router.post("/pump-outs/{pump_out_id}/confirmations", status_code=201)
def create_confirmation(
    *,
    connection: TransactionDep,
    pump_out_id: BigId,
    order: ConfirmationOrder,
    actor: ActorDep,
    now: NowDep,
) -> PumpOut:
    """Confirm a manifest as its generator, hauler or disposer (交付确认)."""
    party = Party(order.party)
    actions.confirm(connection, pump_out_id, party, by=order.by, actor=actor, now=now)
    return _found(connection, pump_out_id)


def _found(connection: Connection, pump_out_id: int) -> PumpOut:
    found = store.select_pump_outs(connection, pump_out_id=pump_out_id)
    if not found:
        raise NotFoundError(f"there is no pump-out {pump_out_id}")
    return found[0]
