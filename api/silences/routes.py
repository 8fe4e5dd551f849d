"""Silences over HTTP: make one, list them, let one expire."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response

from alerts.evidence import audit
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId
from api.silences import store
from api.silences.schemas import Silence, SilenceOrder
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError

router = strict_router("silences")


@router.get("/silences")
def list_silences(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    show: Annotated[
        Literal["in_force", "all"], Query(description="in_force: also planned ones")
    ] = "in_force",
) -> Page[Silence]:
    """Silences, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_silences(
        connection,
        now,
        everything=show == "all",
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.silence_id,))


@router.post("/silences", status_code=201)
def create_silence(
    *,
    connection: TransactionDep,
    response: Response,
    order: SilenceOrder,
    actor: ActorDep,
    now: NowDep,
) -> Silence:
    """Keep what matches from being told; alerts are recorded all the same."""
    if order.ends_at <= max(now, order.starts_at or now):
        raise InvalidRequestError("ends_at: a silence ends in the future, after it began")
    if order.rule is not None and not store.rule_exists(connection, order.rule):
        raise InvalidRequestError(f"rule: there is no rule {order.rule}")
    silence_id = store.insert_silence(connection, order, now)
    assert silence_id is not None, "INSERT returns the new number"
    response.headers["Location"] = f"/api/v1/silences/{silence_id}"
    return _recorded(connection, silence_id, "created", actor, now)


@router.get("/silences/{silence_id}")
def get_silence(connection: TransactionDep, silence_id: BigId, now: NowDep) -> Silence:
    """One silence."""
    return _found(connection, silence_id, now)


@router.post("/silences/{silence_id}/expire")
def expire_silence(
    connection: TransactionDep, silence_id: BigId, actor: ActorDep, now: NowDep
) -> Silence:
    """End a silence now; what it kept from people and still fires is told within seconds."""
    if not store.expire_silence(connection, silence_id, now):
        _found(connection, silence_id, now)
        raise ConflictError(f"silence {silence_id} is over")
    return _recorded(connection, silence_id, "expired", actor, now)


def _recorded(
    connection: Connection, silence_id: int, what: str, actor: str, now: datetime
) -> Silence:
    silence = _found(connection, silence_id, now)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"silence.{what}",
        subject_kind="silence",
        subject_id=str(silence_id),
        detail=silence.model_dump(mode="json"),
    )
    return silence


def _found(connection: Connection, silence_id: int, now: datetime) -> Silence:
    found = store.select_silences(connection, now, silence_id=silence_id)
    if not found:
        raise NotFoundError(f"there is no silence {silence_id}")
    return found[0]
