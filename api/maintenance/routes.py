"""Maintenance windows over HTTP: plan one, list them, deactivate one."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response

from alerts.evidence import audit
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.maintenance import store
from api.maintenance.schemas import MaintenanceWindow, MaintenanceWindowOrder
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId
from core.db import Connection
from core.errors import ConfigError, ConflictError, InvalidRequestError, NotFoundError
from core.instant import from_us

router = strict_router("maintenance windows")


@router.get("/maintenance-windows")
def list_maintenance_windows(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    show: Annotated[
        Literal["in_force", "all"], Query(description="in_force: active, with times to come")
    ] = "in_force",
) -> Page[MaintenanceWindow]:
    """Maintenance windows, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_maintenance_windows(
        connection,
        now,
        everything=show == "all",
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.maintenance_window_id,))


@router.post("/maintenance-windows", status_code=201)
def create_maintenance_window(
    *,
    connection: TransactionDep,
    response: Response,
    order: MaintenanceWindowOrder,
    actor: ActorDep,
    now: NowDep,
) -> MaintenanceWindow:
    """Plan recurring work: alerts of the place are recorded meanwhile, but nobody is told."""
    try:
        last_end_us = order.recurrence().last_end_us
    except ConfigError as error:
        raise InvalidRequestError(f"zone: {error}") from None
    ends_at = None if last_end_us is None else from_us(last_end_us)
    if ends_at is not None and ends_at <= now:
        raise InvalidRequestError("rule: its last time is over")
    window_id = store.insert_maintenance_window(connection, order, ends_at, now)
    assert window_id is not None, "INSERT returns the new number"
    response.headers["Location"] = f"/api/v1/maintenance-windows/{window_id}"
    return _recorded(connection, window_id, "created", actor, now)


@router.get("/maintenance-windows/{window_id}")
def get_maintenance_window(
    connection: TransactionDep, window_id: BigId, now: NowDep
) -> MaintenanceWindow:
    """One maintenance window."""
    return _found(connection, window_id, now)


@router.post("/maintenance-windows/{window_id}/deactivate")
def deactivate_maintenance_window(
    connection: TransactionDep, window_id: BigId, actor: ActorDep, now: NowDep
) -> MaintenanceWindow:
    """End a window for good, also while it is going on."""
    if not store.deactivate_maintenance_window(connection, window_id, now):
        _found(connection, window_id, now)
        raise ConflictError(f"maintenance window {window_id} is not active")
    return _recorded(connection, window_id, "deactivated", actor, now)


def _recorded(
    connection: Connection, window_id: int, what: str, actor: str, now: datetime
) -> MaintenanceWindow:
    window = _found(connection, window_id, now)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"maintenance_window.{what}",
        subject_kind="maintenance_window",
        subject_id=str(window_id),
        detail=window.model_dump(mode="json"),
    )
    return window


def _found(connection: Connection, window_id: int, now: datetime) -> MaintenanceWindow:
    found = store.select_maintenance_windows(connection, now, window_id=window_id)
    if not found:
        raise NotFoundError(f"there is no maintenance window {window_id}")
    return found[0]
