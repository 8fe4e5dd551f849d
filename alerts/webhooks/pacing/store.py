"""The SQL of robots' budgets and of what overflows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from alerts.webhooks.event_types import MERGED_EVENT_TYPE
from alerts.webhooks.model import Terms
from core.db import Connection, translated_errors
from core.sql import load_queries

_QUERIES = load_queries("alerts.webhooks.pacing")


class Robot(NamedTuple):
    """A robot with something due; ``spent_until`` is None before its first message."""

    endpoint_id: int
    kind: str
    spent_until: datetime | None
    due_count: int


def select_due_robots(
    connection: Connection, robots: Sequence[str], terms: Terms, count_max: int
) -> list[Robot]:
    """Return the active robots (kinds ``robots``) that have something due, counted so far."""
    parameters = {
        "robots": list(robots),
        "now": terms.now,
        "order_wait": terms.order_wait,
        "count_max": count_max,
    }
    with translated_errors():
        rows = connection.execute(_QUERIES["select_due_robots"], parameters).fetchall()
    return [Robot(*row) for row in rows]


def spend(connection: Connection, robot: Robot, after: datetime) -> bool:
    """Note a robot's bucket as spent until ``after``; False if it has changed since it was read."""
    parameters = {
        "endpoint_id": robot.endpoint_id,
        "before": robot.spent_until,
        "after": after,
    }
    with translated_errors():
        return connection.execute(_QUERIES["spend"], parameters).rowcount == 1


def lock_overflow(
    connection: Connection, endpoint_id: int, terms: Terms, alone_count: int, count_max: int
) -> list[tuple[int, bytes]]:
    """Return what is due to a robot beyond the oldest ``alone_count`` (delivery, body), locked."""
    parameters = {
        "endpoint_id": endpoint_id,
        "now": terms.now,
        "order_wait": terms.order_wait,
        "alone_count": alone_count,
        "count_max": count_max,
        "merged_type": MERGED_EVENT_TYPE,
    }
    with translated_errors():
        rows = connection.execute(_QUERIES["lock_overflow"], parameters).fetchall()
    return [(delivery_id, bytes(body)) for delivery_id, body in rows]


def merge_deliveries(connection: Connection, delivery_ids: Sequence[int], digest_id: int) -> None:
    """Let deliveries, whose locks the caller holds, end with the delivery of their digest."""
    parameters = {"delivery_ids": list(delivery_ids), "digest_id": digest_id}
    with translated_errors():
        connection.execute(_QUERIES["merge_deliveries"], parameters)
