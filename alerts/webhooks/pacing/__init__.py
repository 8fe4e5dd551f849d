"""Robots are sent no more than their vendors take; what that leaves over goes as one digest.

Nothing is dropped or blocked: of what is due, as many go alone as there are tokens, less one; the
last token carries a digest of all the rest. A delivery in a digest is ``merged`` and gets its end
with it: ``ok``, or ``dead``, and can then be replayed alone. The budget is a row of the database,
taken by compare and swap before anything is claimed, so any number of relays share it, and one that
dies in between has wasted tokens, never overdrawn.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.webhooks import store as deliveries
from alerts.webhooks.grouping import store as groups
from alerts.webhooks.grouping.digest import merged
from alerts.webhooks.grouping.store import Group
from alerts.webhooks.kinds import KINDS, ROBOTS
from alerts.webhooks.kinds.bucket import Bucket, spend, tokens
from alerts.webhooks.model import Attempt, ClaimedDelivery, Lanes
from alerts.webhooks.pacing import store
from alerts.webhooks.pacing.store import Robot
from core.db import Connection
from core.instant import SECOND_US, from_us, to_us

#: The ``group_key`` under which digests of one robot are numbered.
OVERFLOW_KEY = "overflow"
#: A digest stands for so many at most; with more than that the next one follows.
_MERGED_COUNT_MAX = 500


def claim_paced(
    connection: Connection, *, now: datetime, lease: timedelta, count_max: int, lanes: Lanes
) -> list[ClaimedDelivery]:
    """Lease at most ``count_max`` deliveries to robots, each robot within its budget and lane."""
    granted: dict[int, int] = {}
    for robot in store.select_due_robots(connection, ROBOTS, now):
        room = min(lanes.of(robot.endpoint_id), count_max - sum(granted.values()))
        count = _spend(connection, robot, room, now)
        if count:
            granted[robot.endpoint_id] = count
    if not granted:
        return []
    return deliveries.claim_deliveries(
        connection,
        now=now,
        lease=lease,
        count_max=sum(granted.values()),
        lanes=Lanes(0, granted),
        is_paced=True,
    )


def settle(connection: Connection, attempts: Sequence[Attempt], now: datetime) -> None:
    """Do what recorded attempts mean beyond their own deliveries; in the caller's transaction.

    Robots that were called too often are left alone; what a digest stood for ends with it.
    """
    robots = [attempt for attempt in attempts if KINDS[attempt.delivery.kind].is_robot]
    for attempt in robots:
        wait_s = attempt.verdict.robot_wait_s
        if wait_s:
            until = from_us(to_us(now) + round(wait_s * SECOND_US))
            store.close_robot(connection, attempt.delivery.endpoint_id, until)
    if robots:
        # Not by the verdicts: an endpoint that was disabled meanwhile makes a retry a death.
        sent = [attempt.delivery.delivery_id for attempt in robots]
        deliveries.settle_merged(connection, sent, now)


def _spend(connection: Connection, robot: Robot, room: int, now: datetime) -> int:
    """Take tokens for as much as can go now; return how many. What is left over is merged."""
    bucket = KINDS[robot.kind].bucket
    assert bucket is not None, "only robots are paced"
    available = _available(bucket, robot, now)
    count = min(available, robot.due_count, room)
    if count <= 0:
        return 0
    before_us = None if robot.spent_until is None else to_us(robot.spent_until)
    after = from_us(spend(bucket, before_us, to_us(now), count))
    if not store.spend(connection, robot, after):
        return 0  # another relay was faster
    if robot.due_count > available:
        _merge(connection, robot, available - 1, now)
    return count


def _available(bucket: Bucket, robot: Robot, now: datetime) -> int:
    if robot.closed_until is not None and now < robot.closed_until:
        return 0
    spent_us = None if robot.spent_until is None else to_us(robot.spent_until)
    return tokens(bucket, spent_us, to_us(now))


def _merge(connection: Connection, robot: Robot, alone_count: int, now: datetime) -> None:
    """Merge what is due into one digest, all but the oldest ``alone_count``."""
    with connection.transaction():
        found = store.lock_overflow(
            connection, robot.endpoint_id, now, alone_count, _MERGED_COUNT_MAX
        )
        if len(found) < 2:
            return
        seq = groups.next_seq(connection, robot.endpoint_id, OVERFLOW_KEY, now)
        made = merged([body for _, body in found], seq, now)
        group = Group(robot.endpoint_id, 0, OVERFLOW_KEY, seq)
        digest_id = groups.insert_digest(connection, group, made, now)
        store.merge_deliveries(connection, [number for number, _ in found], digest_id)
