"""One budget for all relays: whoever has read an older one takes nothing."""

from datetime import timedelta

import pytest

from alerts.webhooks import pacing
from alerts.webhooks.kinds import ROBOTS
from alerts.webhooks.model import Lanes
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
    now = NOW + timedelta(seconds=seconds)
    return len(
        pacing.claim_paced(connection, now=now, lease=LEASE, count_max=count_max, lanes=LANES)
    )


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_that_read_one_budget_one_takes_it(
    connection: Connection, robot_id: int, is_first: bool
) -> None:
    queue(connection, robot_id, 3)
    if not is_first:
        assert claim(connection, count_max=1) == 1
    (mine,) = store.select_due_robots(connection, ROBOTS, NOW)
    (theirs,) = store.select_due_robots(connection, ROBOTS, NOW)
    assert (mine.spent_until is None) is is_first
    assert store.spend(connection, mine, NOW + timedelta(seconds=11))
    assert not store.spend(connection, theirs, NOW + timedelta(seconds=12))
    (now_there,) = store.select_due_robots(connection, ROBOTS, NOW)
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
    assert not pacing.claim_paced(connection, now=NOW, lease=LEASE, count_max=9, lanes=full)
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
        found = store.lock_overflow(connection, robot_id, NOW, 0, 100)
    assert [number for number, _ in found] == [alone, *rest]
    assert [number for number, _ in store.lock_overflow(connection, robot_id, NOW, 1, 1)] == [alone]


def test_a_robot_that_is_left_alone_longer_stays_so(connection: Connection, robot_id: int) -> None:
    queue(connection, robot_id, 1)
    for seconds in (600, 60):
        store.close_robot(connection, robot_id, NOW + timedelta(seconds=seconds))
    assert claim(connection, 599) == 0
    assert claim(connection, 600) == 1
