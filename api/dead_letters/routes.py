"""Dead letters over HTTP. Sending again happens in an ingest process, soon afterwards."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated

from fastapi import Query

from alerts.dead_letters import actions
from api.dead_letters.schemas import (
    COUNT_MAX,
    DeadLetter,
    SettleOrder,
    SettleResult,
    WholeDeadLetter,
    selection_of,
)
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Instant
from core.db import Connection
from core.dead_letters import store
from core.dead_letters.model import State
from core.errors import NotFoundError

router = strict_router("dead letters")


@router.get("/dead-letters")
def list_dead_letters(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    state: State | None = None,
    reason: Code | None = None,
    gateway: Annotated[Code | None, Query(description="gateway uid")] = None,
    since: Annotated[Instant | None, Query(description="received from this time on")] = None,
    until: Annotated[Instant | None, Query(description="received before this time")] = None,
) -> Page[DeadLetter]:
    """Messages that could not become readings, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    found = store.select_dead_letters(
        connection,
        selection_of(reason, gateway, since, until),
        state,
        paging.fetch_count,
        before_id,
    )
    rows = [DeadLetter(**row._asdict()) for row in found]
    return paging.page(rows, lambda row: (row.rejected_message_id,))


@router.get("/dead-letters/{number}")
def get_dead_letter(connection: TransactionDep, number: BigId) -> WholeDeadLetter:
    """One message with its bytes."""
    found = store.select_dead_letter(connection, number)
    if found is None:
        raise NotFoundError(f"there is no dead letter {number}")
    payload = b64encode(found.payload).decode("ascii")
    return WholeDeadLetter(**found.letter._asdict(), payload=payload)


@router.post("/dead-letters/{number}/replay", status_code=202)
def replay_dead_letter(
    *, connection: TransactionDep, number: BigId, actor: ActorDep, now: NowDep
) -> DeadLetter:
    """Have a kept message sent through the normal path again; what came of it is in its history."""
    actions.act_on_one(connection, number, actions.request_replays, actor, now)
    return _found(connection, number)


@router.post("/dead-letters/{number}/discard")
def discard_dead_letter(
    *, connection: TransactionDep, number: BigId, actor: ActorDep, now: NowDep
) -> DeadLetter:
    """Let go of a kept message; its bytes stay until retention takes them."""
    actions.act_on_one(connection, number, actions.discard, actor, now)
    return _found(connection, number)


@router.post("/dead-letters/replays", status_code=202)
def replay_dead_letters(
    *, connection: TransactionDep, order: SettleOrder, actor: ActorDep, now: NowDep
) -> SettleResult:
    """Have all kept messages that fit sent again, in the order in which they arrived."""
    return _settle(connection, order, actions.request_replays, actor, now)


@router.post("/dead-letters/discards")
def discard_dead_letters(
    *, connection: TransactionDep, order: SettleOrder, actor: ActorDep, now: NowDep
) -> SettleResult:
    """Let go of all kept messages that fit."""
    return _settle(connection, order, actions.discard, actor, now)


def _found(connection: Connection, number: int) -> DeadLetter:
    found = store.select_dead_letter(connection, number)
    assert found is not None, "it was locked"
    return DeadLetter(**found.letter._asdict())


def _settle(
    connection: Connection, order: SettleOrder, action: actions.Action, actor: str, now: datetime
) -> SettleResult:
    matching, done = actions.act_on_all(
        connection,
        order.selection,
        action,
        count_max=COUNT_MAX,
        is_dry_run=order.dry_run,
        actor=actor,
        now=now,
    )
    return SettleResult(matching=matching, done=done)
