"""Marking kept messages for a replay and letting them go, each on the record.

Never: the replay itself, which is the ingest process's (`ingest.dead_letters`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from alerts.evidence.audit import record_all
from alerts.evidence.model import AuditEvent
from core.db import Connection
from core.dead_letters import store
from core.dead_letters.model import Selection
from core.errors import ConflictError, NotFoundError

#: (connection, numbers, actor, now) -> the numbers that it was done to.
Action = Callable[[Connection, Sequence[int], str, datetime], list[int]]


def request_replays(
    connection: Connection, ids: Sequence[int], actor: str, now: datetime
) -> list[int]:
    """Have kept messages sent again; return those that nobody had asked for yet."""
    marked = store.request_replays(connection, ids, actor, now)
    _record(connection, marked, "dead_letter.replay_requested", actor, now)
    return marked


def discard(connection: Connection, ids: Sequence[int], actor: str, now: datetime) -> list[int]:
    """Let go of kept messages; return which were."""
    gone = store.discard_dead_letters(connection, ids, now)
    _record(connection, gone, "dead_letter.discarded", actor, now)
    return gone


def act_on_one(
    connection: Connection, number: int, action: Action, actor: str, now: datetime
) -> None:
    """Do it to one message.

    Raises: NotFoundError, ConflictError: it is not kept any more.
    """
    if not store.lock_dead_letter(connection, number):
        found = store.select_dead_letter(connection, number)
        if found is None:
            raise NotFoundError(f"there is no dead letter {number}")
        raise ConflictError(f"dead letter {number} is {found.letter.state} already")
    action(connection, [number], actor, now)


def act_on_all(
    connection: Connection,
    selection: Selection,
    action: Action,
    *,
    count_max: int,
    is_dry_run: bool,
    actor: str,
    now: datetime,
) -> tuple[int, int]:
    """Do it to the oldest kept ones that match; return how many match and to how many it was done.

    Neither exceeds ``count_max``. A dry run only counts.
    """
    ids = store.select_ids_to_settle(connection, selection, count_max)
    return len(ids), 0 if is_dry_run else len(action(connection, ids, actor, now))


def _record(
    connection: Connection, ids: Sequence[int], action: str, actor: str, now: datetime
) -> None:
    record_all(
        connection,
        [AuditEvent(now, actor, action, "rejected_message", str(number), {}) for number in ids],
    )
