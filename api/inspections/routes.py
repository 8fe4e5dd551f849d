"""Inspections over HTTP. How they are judged stands in alerts.inspections."""

from typing import Annotated

from fastapi import Query, Response

from alerts.inspections import actions
from alerts.inspections.fullness import Dip
from alerts.inspections.store import Report
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.inspections import store
from api.inspections.schemas import Inspection, InspectionOrder
from api.moments import check_past
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Instant
from core.db import Connection
from core.errors import NotFoundError

router = strict_router("inspections")


@router.get("/inspections")
def list_inspections(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
    trap: Annotated[Id | None, Query(description="trap_id")] = None,
    from_at: Annotated[Instant | None, Query(alias="from", description="inclusive")] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive")] = None,
) -> Page[Inspection]:
    """Inspections, the last filed first; `from` and `to` are about `inspected_at`."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_inspections(
        connection,
        town=town,
        trap_id=trap,
        from_at=from_at,
        to_at=to_at,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.inspection_id,))


@router.get("/inspections/{inspection_id}")
def get_inspection(connection: TransactionDep, inspection_id: BigId) -> Inspection:
    """One inspection."""
    return _found(connection, inspection_id)


@router.post("/inspections", status_code=201)
def create_inspection(
    *,
    connection: TransactionDep,
    response: Response,
    order: InspectionOrder,
    actor: ActorDep,
    now: NowDep,
) -> Inspection:
    """File a dip measurement."""
    check_past("inspected_at", order.inspected_at, now)
    report = Report(
        order.trap_id,
        order.job_id,
        order.inspector,
        order.inspected_at,
        Dip(order.fog_mm, order.water_mm, order.solids_mm),
        order.note,
    )
    inspection_id = actions.file_inspection(connection, report, actor, now)
    response.headers["Location"] = f"/api/v1/inspections/{inspection_id}"
    return _found(connection, inspection_id)


def _found(connection: Connection, inspection_id: int) -> Inspection:
    found = store.select_inspections(connection, inspection_id=inspection_id)
    if not found:
        raise NotFoundError(f"there is no inspection {inspection_id}")
    return found[0]
