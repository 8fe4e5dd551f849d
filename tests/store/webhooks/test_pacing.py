"""One budget for all relays: whoever has read an older one takes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.webhooks import pacing
from alerts.webhooks.kinds import ROBOTS
from alerts.webhooks.model import Lanes, Terms
from alerts.webhooks.pacing import store
from core.db import Connection, connect
from core.instant import from_us
from tests.relays import connections
from tests.unit.alerts.webhooks.kinds.messages import message
from tests.webhooks import NOW_US, add_endpoint, queue_message

connection = pytest.fixture(connections)
NOW = from_us(NOW_US)
LEASE = timedelta(seconds=60)
LANES = Lanes(100)
ORDER_WAIT = timedelta(seconds=10)
TERMS = Terms(NOW, LEASE, LANES, ORDER_WAIT)


@pytest.fixture
def robot_id(connection: Connection) -> int:
    number = add_endpoint(connection, "http://127.0.0.1:9/send?key=k")
    connection.execute("UPDATE webhook_endpoint SET kind = 'wecom', audience = 'people'")
    return number


def queue(connection: Connection, robot_id: int, count: int) -> list[int]:
    return [
        queue_message(connection, robot_id, body=message(episode_id=n))[0] for n in range(count)
    ]


def claim(connection: Connection, seconds: float = 0.0, count_max: int = 100) -> int:
    terms = Terms(NOW + timedelta(seconds=seconds), LEASE, LANES, ORDER_WAIT)
    return len(pacing.claim_paced(connection, terms, count_max=count_max))


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_that_read_one_budget_one_takes_it(
    connection: Connection, robot_id: int, is_first: bool
) -> None:
    queue(connection, robot_id, 3)
    if not is_first:
        assert claim(connection, count_max=1) == 1
    (mine,) = store.select_due_robots(connection, ROBOTS, TERMS, 100)
    (theirs,) = store.select_due_robots(connection, ROBOTS, TERMS, 100)
    assert (mine.spent_until is None) is is_first
    assert store.spend(connection, mine, NOW + timedelta(seconds=11))
    assert not store.spend(connection, theirs, NOW + timedelta(seconds=12))
    (now_there,) = store.select_due_robots(connection, ROBOTS, TERMS, 100)
    assert now_there.spent_until == NOW + timedelta(seconds=11)


def test_tokens_are_spent_before_anything_is_claimed(connection: Connection, robot_id: int) -> None:
    queue(connection, robot_id, 8)
    assert claim(connection, count_max=5) == 5
    assert claim(connection) == 3
    queue(connection, robot_id, 1)
    assert claim(connection, 5.4) == 0
    assert claim(connection, 5.5) == 1


def test_a_lane_without_room_takes_no_tokens(connection: Connection, robot_id: int) -> None:
    queue(connection, robot_id, 1)
    full = Lanes(100, {robot_id: 0})
    assert not pacing.claim_paced(connection, replace(TERMS, lanes=full), count_max=9)
    assert connection.execute("SELECT count(*) FROM webhook_pace").fetchone() == (0,)
    assert claim(connection) == 1


def test_what_overflows_is_neither_leased_nor_a_digest_nor_in_other_hands(
    connection: Connection, robot_id: int, database_url: str
) -> None:
    leased, held, alone, *rest = queue(connection, robot_id, 6)
    connection.execute(
        "UPDATE webhook_delivery SET leased_until = %s WHERE webhook_delivery_id = %s",
        (NOW + LEASE, leased),
    )
    connection.execute(
        "UPDATE webhook_message SET event_type = 'message.merged' WHERE webhook_message_id ="
        " (SELECT webhook_message_id FROM webhook_delivery WHERE webhook_delivery_id = %s)",
        (rest.pop(),),
    )
    with connect(database_url, "other") as other:
        other.execute(
            "SELECT FROM webhook_delivery WHERE webhook_delivery_id = %s FOR UPDATE", (held,)
        )
        found = store.lock_overflow(connection, robot_id, TERMS, 0, 100)
    assert [number for number, _ in found] == [alone, *rest]
    assert [number for number, _ in store.lock_overflow(connection, robot_id, TERMS, 1, 1)] == [
        alone
    ]


def test_a_robot_that_is_left_alone_costs_no_tokens(connection: Connection, robot_id: int) -> None:
    queue(connection, robot_id, 1)
    connection.execute(
        "UPDATE webhook_endpoint SET throttled_until = %s", (NOW + timedelta(seconds=600),)
    )
    assert claim(connection, 599) == 0
    assert connection.execute("SELECT count(*) FROM webhook_pace").fetchone() == (0,)
    assert claim(connection, 600) == 1


def test_what_waits_for_an_earlier_message_costs_no_tokens(
    connection: Connection, robot_id: int
) -> None:
    first, second = queue(connection, robot_id, 2)
    connection.execute("UPDATE webhook_message SET subject_id = 'same', seq = webhook_message_id")
    for _ in range(20):
        claim(connection)
    assert connection.execute(
        "SELECT webhook_delivery_id, attempt_count FROM webhook_delivery ORDER BY 1"
    ).fetchall() == [(first, 1), (second, 0)]
    assert connection.execute("SELECT spent_until FROM webhook_pace").fetchone() == (
        NOW + timedelta(seconds=5.5),
    )


def test_messages_of_one_subject_overflow_in_their_order(
    connection: Connection, robot_id: int
) -> None:
    *alone, last = queue(connection, robot_id, 12)
    connection.execute(
        "UPDATE webhook_message SET subject_id = 'same', seq = webhook_message_id"
        " WHERE webhook_message_id IN (SELECT webhook_message_id FROM webhook_delivery"
        " WHERE webhook_delivery_id = ANY (%s))",
        ([alone[-1], last],),
    )
    assert claim(connection) == 8
    states = connection.execute(
        "SELECT state, merged_into FROM webhook_delivery WHERE webhook_delivery_id = ANY (%s)"
        " ORDER BY webhook_delivery_id",
        ([alone[-1], last],),
    ).fetchall()
    assert [state for state, _ in states] == ["merged", "queued"]
    assert claim(connection, 59) == 0, "its digest is being sent"
    connection.execute(
        "UPDATE webhook_delivery SET state = 'ok', next_attempt_at = NULL, settled_at = %s,"
        " leased_until = NULL WHERE leased_until IS NOT NULL",
        (NOW,),
    )
    assert claim(connection, 60) == 1
