"""Which deliveries a relay takes, and when it should look again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.webhooks import store
from alerts.webhooks.model import ClaimedDelivery, Lanes, Terms
from core.db import Connection, connect
from core.instant import SECOND_US, from_us
from core.sql import load_queries
from tests.relays import connections
from tests.webhooks import NOW_US, PROTECTION, SECRET, add_endpoint, queue_message

NOW = from_us(NOW_US)
LEASE = timedelta(seconds=60)
ORDER_WAIT = timedelta(seconds=10)
URL = "http://127.0.0.1:1/hook"

connection = pytest.fixture(connections)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def claim(
    connection: Connection, now: datetime = NOW, count_max: int = 64, lanes: Lanes | None = None
) -> list[ClaimedDelivery]:
    terms = Terms(now, LEASE, lanes or Lanes(64), ORDER_WAIT)
    return store.claim_deliveries(connection, terms, count_max=count_max)


def next_due(connection: Connection, now: datetime, lanes: Lanes) -> datetime | None:
    return store.next_due_at(connection, now=now, lanes=lanes, order_wait=ORDER_WAIT)


def ids(claimed: list[ClaimedDelivery]) -> list[int]:
    return [delivery.delivery_id for delivery in claimed]


def settle(connection: Connection, delivery: ClaimedDelivery) -> None:
    connection.execute(
        "UPDATE webhook_delivery SET state = 'ok', next_attempt_at = NULL, settled_at = %s"
        " WHERE webhook_delivery_id = %s",
        (NOW, delivery.delivery_id),
    )


def delivery_row(connection: Connection, delivery_id: int) -> tuple[Any, ...]:
    row = connection.execute(
        "SELECT state, next_attempt_at, leased_until, attempt_count, settled_at"
        " FROM webhook_delivery WHERE webhook_delivery_id = %s",
        (delivery_id,),
    ).fetchone()
    assert row is not None
    return row


def test_a_claim_brings_all_that_sending_needs_and_leases_the_delivery(
    connection: Connection,
) -> None:
    endpoint_id = add_endpoint(connection, URL)
    (delivery_id,) = queue_message(connection, endpoint_id, body=b'{"type":"alert.fired"}')
    (sealed,) = claim(connection)
    claimed = PROTECTION.opened(sealed)
    assert claimed == ClaimedDelivery(
        delivery_id=delivery_id,
        endpoint_id=endpoint_id,
        attempt=1,
        schedule_start=0,
        message_uid=claimed.message_uid,
        url=URL,
        secrets=[SECRET],
        body=b'{"type":"alert.fired"}',
    )
    assert claimed.message_uid.startswith("msg_")
    assert delivery_row(connection, delivery_id) == ("queued", NOW, NOW + LEASE, 1, None)
    assert SECRET not in repr(claimed)
    assert URL not in repr(claimed)
    assert SECRET not in sealed.secrets


def test_what_is_not_due_or_held_or_leased_or_settled_is_not_claimed(
    connection: Connection,
) -> None:
    active = add_endpoint(connection, URL)
    for held in (
        add_endpoint(connection, URL, "paused"),
        add_endpoint(connection, URL, "disabled"),
    ):
        queue_message(connection, held)
    queue_message(connection, active, at_us=NOW_US + 1)
    queue_message(connection, active)
    queue_message(connection, active)
    leased, settled = claim(connection)
    settle(connection, settled)
    assert claim(connection) == []
    assert leased.attempt == 1


def test_two_relays_share_the_queue_without_waiting_for_each_other(
    connection: Connection, database_url: str
) -> None:
    endpoint_id = add_endpoint(connection, URL)
    queued = [queue_message(connection, endpoint_id)[0] for _ in range(10)]
    with connect(database_url, "other") as other:
        other.execute("SET statement_timeout = 2000")
        with connection.transaction():
            first = ids(claim(connection, count_max=4))
            second = ids(claim(other, count_max=64))  # the first relay's rows are still locked
        other.commit()
    assert first == queued[:4]
    assert second == queued[4:]


def test_a_delivery_whose_lease_ran_out_is_claimed_again_as_the_next_attempt(
    connection: Connection,
) -> None:
    queue_message(connection, add_endpoint(connection, URL))
    (first,) = claim(connection)
    assert claim(connection, later(59.999)) == []
    (second,) = claim(connection, later(60))
    assert second == replace(first, attempt=2)


def test_each_endpoint_gets_at_most_its_share_oldest_first(connection: Connection) -> None:
    busy, quiet = add_endpoint(connection, URL), add_endpoint(connection, URL)
    backlog = [queue_message(connection, busy, at_us=NOW_US - 50 + i)[0] for i in range(6)]
    (fresh,) = queue_message(connection, quiet)
    assert ids(claim(connection, lanes=Lanes(2))) == [*backlog[:2], fresh]
    assert ids(claim(connection, lanes=Lanes(2, {busy: 0}))) == []
    assert ids(claim(connection, lanes=Lanes(2, {busy: 3}), count_max=1)) == [backlog[2]]


def test_of_all_endpoints_the_oldest_go_first(connection: Connection) -> None:
    one, other = add_endpoint(connection, URL), add_endpoint(connection, URL)
    queue_message(connection, one, at_us=NOW_US - 1)
    (oldest,) = queue_message(connection, other, at_us=NOW_US - 2)
    assert ids(claim(connection, count_max=1)) == [oldest]


def test_the_next_due_time_is_that_of_the_first_delivery_there_is_room_for(
    connection: Connection,
) -> None:
    assert next_due(connection, NOW, Lanes(8)) is None
    soon, held = add_endpoint(connection, URL), add_endpoint(connection, URL, "paused")
    later_one = add_endpoint(connection, URL)
    queue_message(connection, held)
    queue_message(connection, soon, at_us=NOW_US + 2 * SECOND_US)
    queue_message(connection, later_one, at_us=NOW_US + 9 * SECOND_US)
    assert next_due(connection, NOW, Lanes(8)) == later(2)
    assert next_due(connection, NOW, Lanes(8, {soon: 0})) == later(9)
    claim(connection, later(2))
    assert next_due(connection, later(2), Lanes(8)) == later(9)


def test_the_queue_is_counted_by_why_it_waits(connection: Connection) -> None:
    assert store.select_queue(connection, NOW).oldest_due_at is None
    active, paused = add_endpoint(connection, URL), add_endpoint(connection, URL, "paused")
    queue_message(connection, active, paused, at_us=NOW_US - 1)
    queue_message(connection, active, at_us=NOW_US - 3 * SECOND_US)
    queue_message(connection, active, at_us=NOW_US + 1)
    depth = store.select_queue(connection, NOW)
    assert (depth.due, depth.scheduled, depth.held) == (2, 1, 1)
    assert depth.oldest_due_at == later(-3)


def test_a_relay_s_session_does_not_wait_for_the_disk(connection: Connection) -> None:
    store.prepare_relay(connection)
    assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)


def test_a_claim_does_not_read_a_backlog_it_does_not_take(connection: Connection) -> None:
    """10,000 deliveries each of a paused and of an active endpoint, and 50 idle endpoints."""
    store.prepare_relay(connection)
    backlogged = [add_endpoint(connection, URL, "paused"), add_endpoint(connection, URL)]
    for _ in range(50):
        add_endpoint(connection, URL)
    connection.execute(BACKLOG, {"endpoint_ids": backlogged, "now": NOW})
    connection.execute("ANALYZE webhook_delivery")
    plan = connection.execute(
        "EXPLAIN (ANALYZE, FORMAT JSON) " + load_queries("alerts.webhooks")["claim_deliveries"],
        {
            "now": NOW,
            "lease": LEASE,
            "count_max": 16,
            "share": 8,
            "robots": [],
            "is_paced": False,
            "lane_ids": [],
            "lane_shares": [],
            "order_wait": ORDER_WAIT,
        },
    ).fetchone()
    assert plan is not None
    nodes = list(plan_nodes(plan[0][0]["Plan"]))
    assert "webhook_delivery_due" in {node.get("Index Name") for node in nodes}
    assert max(node["Actual Rows"] for node in nodes) <= 52  # one row an endpoint, 8 deliveries


BACKLOG = """
WITH message AS (
  INSERT INTO webhook_message (uid, event_type, subject_kind, subject_id, seq, body, created_at)
  SELECT 'msg_backlog' || i, 'alert.fired', 'backlog', i::text, 1, '', %(now)s
    FROM generate_series(1, 10000) AS i
  RETURNING webhook_message_id
)
INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
SELECT webhook_message_id, endpoint_id, %(now)s
  FROM message CROSS JOIN unnest(%(endpoint_ids)s::int[]) AS u (endpoint_id)
"""


def plan_nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from plan_nodes(child)
