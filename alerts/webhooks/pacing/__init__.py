"""Robots are sent no more than their vendors take; what that leaves over goes as one digest.

Nothing is dropped or blocked: of what is due, as many go alone as there are tokens, less one; the
last token carries a digest of all the rest. A delivery in a digest is ``merged`` and gets its end
with it: ``ok``, or ``dead``, and can then be replayed alone. The budget is a row of the database,
taken by compare and swap before anything is claimed, so any number of relays share it, and one that
dies in between has wasted tokens, never overdrawn.

Only what could go counts: a message that waits for an earlier one of its subject is neither claimed
nor merged, and costs nothing. That earlier one may be in a digest, which is then waited for.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerts.webhooks import store as deliveries
from alerts.webhooks.grouping import store as groups
from alerts.webhooks.grouping.digest import merged
from alerts.webhooks.grouping.store import Group
from alerts.webhooks.kinds import KINDS, ROBOTS
from alerts.webhooks.kinds.bucket import spend, tokens
from alerts.webhooks.model import Attempt, ClaimedDelivery, Lanes, Terms
from alerts.webhooks.pacing import store
from alerts.webhooks.pacing.store import Robot
from core.db import Connection
from core.instant import from_us, to_us

#: The ``group_key`` under which digests of one robot are numbered.
OVERFLOW_KEY = "overflow"
#: A digest stands for so many at most; with more than that the next one follows.
_MERGED_COUNT_MAX = 500
#: One more than the largest bucket holds: that there is too much, not how much.
_COUNTED_MAX = 1 + max(kind.bucket.burst for kind in KINDS.values() if kind.bucket is not None)


def claim_paced(connection: Connection, terms: Terms, *, count_max: int) -> list[ClaimedDelivery]:
    """Lease at most ``count_max`` deliveries to robots, each robot within its budget and lane."""
    granted: dict[int, int] = {}
    for robot in store.select_due_robots(connection, ROBOTS, terms, _COUNTED_MAX):
        room = min(terms.lanes.of(robot.endpoint_id), count_max - sum(granted.values()))
        count = _spend(connection, robot, room, terms)
        if count:
            granted[robot.endpoint_id] = count
    if not granted:
        return []
    return deliveries.claim_deliveries(
        connection,
        replace(terms, lanes=Lanes(0, granted)),
        count_max=sum(granted.values()),
        is_paced=True,
    )


def settle(connection: Connection, attempts: Sequence[Attempt], now: datetime) -> None:
    """Let what digests stood for end with them; in the transaction that recorded the attempts."""
    # Not by the verdicts: an endpoint that was disabled meanwhile makes a retry a death.
    sent = [a.delivery.delivery_id for a in attempts if KINDS[a.delivery.kind].is_robot]
    if sent:
        deliveries.settle_merged(connection, sent, now)


def _spend(connection: Connection, robot: Robot, room: int, terms: Terms) -> int:
    """Take tokens for as much as can go now; return how many. What is left over is merged."""
    bucket = KINDS[robot.kind].bucket
    assert bucket is not None, "only robots are paced"
    now_us = to_us(terms.now)
    before_us = None if robot.spent_until is None else to_us(robot.spent_until)
    available = tokens(bucket, before_us, now_us)
    count = min(available, robot.due_count, room)
    if count <= 0:
        return 0
    if not store.spend(connection, robot, from_us(spend(bucket, before_us, now_us, count))):
        return 0  # another relay was faster
    if robot.due_count > available:
        _merge(connection, robot, available - 1, terms)
    return count


def _merge(connection: Connection, robot: Robot, alone_count: int, terms: Terms) -> None:
    """Merge what is due into one digest, all but the oldest ``alone_count``."""
    with connection.transaction():
        found = store.lock_overflow(
            connection, robot.endpoint_id, terms, alone_count, _MERGED_COUNT_MAX
        )
        if len(found) < 2:
            return
        seq = groups.next_seq(connection, robot.endpoint_id, OVERFLOW_KEY, terms.now)
        made = merged([body for _, body in found], seq, terms.now)
        group = Group(robot.endpoint_id, 0, OVERFLOW_KEY, seq)
        digest_id = groups.insert_digest(connection, group, made, terms.now)
        store.merge_deliveries(connection, [number for number, _ in found], digest_id)
