"""Robots at their limits; vendors are simulated by their own rules, the clock is set by hand."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any

import pytest

from alerts.webhooks import endpoints, replays
from alerts.webhooks.model import EndpointFields
from core.clock import ManualClock
from core.db import Connection
from core.instant import SECOND_US
from simulators.robot_server import RobotServer
from simulators.robots import Robot
from tests.relays import MakeRelay, attempts, clocks, connections, delivery, relay_makers
from tests.unit.alerts.webhooks.kinds.messages import message
from tests.webhooks import NOW_US, PROTECTION, queue_message

clock = pytest.fixture(clocks)
connection = pytest.fixture(connections)
make_relay = pytest.fixture(relay_makers)


class Vendors:
    """Robots with endpoints for them."""

    def __init__(self, connection: Connection, clock: ManualClock, stack: ExitStack) -> None:
        self._connection = connection
        self._clock = clock
        self._stack = stack

    def add(self, vendor: str, secret: str | None = None) -> tuple[RobotServer, int]:
        """A robot and the number of its endpoint."""
        server = RobotServer(Robot(vendor, secret=secret), clock=self._clock)
        self._stack.enter_context(server)
        created = endpoints.create_endpoint(
            self._connection,
            EndpointFields(server.url, audience="people", kind=vendor),
            secret=secret,
            random_bytes=bytes(32),
            protection=PROTECTION,
            actor="li",
            now=self._clock.now(),
        )
        assert created.secret is None
        return server, created.endpoint.endpoint_id


@pytest.fixture
def vendors(connection: Connection, clock: ManualClock) -> Iterator[Vendors]:
    with ExitStack() as stack:
        yield Vendors(connection, clock, stack)


def queue(connection: Connection, endpoint_id: int, count: int, at_us: int = NOW_US) -> list[int]:
    """Deliveries of alerts about different traps."""
    return [
        queue_message(
            connection, endpoint_id, at_us=at_us, body=message(episode_id=n, trap=f"T{n}")
        )[0]
        for n in range(count)
    ]


def states(connection: Connection, delivery_ids: list[int]) -> Counter[str]:
    return Counter(delivery(connection, one)[0] for one in delivery_ids)


def merged_into(connection: Connection, delivery_ids: list[int]) -> set[int]:
    rows = connection.execute(
        "SELECT DISTINCT merged_into FROM webhook_delivery"
        " WHERE webhook_delivery_id = ANY (%s) AND merged_into IS NOT NULL",
        (delivery_ids,),
    ).fetchall()
    return {row[0] for row in rows}


def text_of(call: Any) -> str:
    return json.dumps(call.json(), ensure_ascii=False)


@pytest.mark.parametrize(
    "case",
    [("dingtalk", "SECtest", 8), ("dingtalk", None, 8), ("wecom", None, 8), ("feishu", "k", 3)],
)
def test_a_burst_is_some_messages_and_one_digest_of_all_the_rest(
    connection: Connection,
    vendors: Vendors,
    make_relay: MakeRelay,
    clock: ManualClock,
    case: tuple[str, str | None, int],
) -> None:
    vendor, secret, burst = case
    clock.advance_s(60)  # Feishu is left alone at the whole hour
    server, endpoint_id = vendors.add(vendor, secret)
    queued = queue(connection, endpoint_id, 50)
    assert make_relay().run_once() == burst
    assert [call.is_accepted for call in server.calls] == [True] * burst
    assert states(connection, queued) == {"ok": 50}
    digest = next(call for call in server.calls if "消息汇总" in text_of(call))
    assert f"{'T' + str(burst - 1)} " in text_of(digest)
    assert str(50 - burst + 1) in text_of(digest)
    assert len(merged_into(connection, queued)) == 1
    assert make_relay().run_once() == 0


def test_several_relays_stay_within_one_budget_for_ever(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay, clock: ManualClock
) -> None:
    server, endpoint_id = vendors.add("dingtalk")
    relays = [make_relay() for _ in range(3)]
    queued: list[int] = []
    for _ in range(30):  # ten minutes of a flood
        queued += queue(connection, endpoint_id, 12, at_us=clock.now_us())
        threads = [Thread(target=relay.run_once) for relay in relays]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.advance_s(20)
    for _ in range(3):
        clock.advance_s(60)
        relays[0].run_once()
    assert states(connection, queued) == {"ok": 360}
    assert all(call.is_accepted for call in server.calls)  # never once too often
    assert len(server.calls) < 130


def test_a_digest_that_fails_is_tried_again_and_nothing_is_lost(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay, clock: ManualClock
) -> None:
    server, endpoint_id = vendors.add("wecom")
    queued = queue(connection, endpoint_id, 20)
    server.reply = b"<html>a proxy's login page</html>"
    relay = make_relay()
    assert relay.run_once() == 8
    assert states(connection, queued) == {"queued": 7, "merged": 13}
    (digest_id,) = merged_into(connection, queued)
    assert delivery(connection, digest_id) == ("queued", 5.0, 1)
    assert "not JSON" in attempts(connection, digest_id)[0][3]
    server.reply = None
    clock.advance_s(60)
    assert relay.run_once() == 8
    assert states(connection, [*queued, digest_id]) == {"ok": 21}


def test_a_digest_that_dies_takes_its_own_along_and_either_can_be_replayed(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay, clock: ManualClock
) -> None:
    server, endpoint_id = vendors.add("wecom")
    queued = queue(connection, endpoint_id, 20)
    server.reply = b'{"errcode":93000,"errmsg":"invalid webhook url"}'
    relay = make_relay()
    for wait_s in (0, 60, 600, 3_600):
        clock.advance_s(wait_s)
        relay.run_once()
    (digest_id,) = merged_into(connection, queued)
    assert states(connection, [*queued, digest_id]) == {"dead": 21}
    server.reply = None
    clock.advance_s(600)
    alone = queued[-1]
    replays.replay_delivery(connection, alone, actor="li", now=clock.now())
    relay.run_once()
    assert states(connection, queued) == {"dead": 19, "ok": 1}
    replays.replay_delivery(connection, digest_id, actor="li", now=clock.now())
    relay.run_once()
    assert states(connection, queued) == {"dead": 7, "ok": 13}


def test_a_disabled_robot_takes_its_digests_along(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay, clock: ManualClock
) -> None:
    server, endpoint_id = vendors.add("wecom")
    queued = queue(connection, endpoint_id, 20)
    server.reply = b"{}"
    make_relay().run_once()
    endpoints.disable_endpoint(connection, endpoint_id, actor="li", now=clock.now())
    assert states(connection, queued) == {"dead": 20}


def test_a_robot_that_is_disabled_while_its_digest_is_sent(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay, clock: ManualClock
) -> None:
    server, endpoint_id = vendors.add("wecom")
    queued = queue(connection, endpoint_id, 20)
    server.reply = b"{}"
    server.on_call = lambda _call: endpoints.disable_endpoint(
        connection, endpoint_id, actor="li", now=clock.now()
    )
    make_relay().run_once()
    assert states(connection, queued) == {"dead": 20}


def test_a_robot_that_is_called_too_often_is_left_alone(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay, clock: ManualClock
) -> None:
    server, endpoint_id = vendors.add("dingtalk")
    (first,) = queue(connection, endpoint_id, 1)
    server.reply = b'{"errcode":130101,"errmsg":"send too fast"}'
    relay = make_relay()
    assert relay.run_once() == 1
    assert delivery(connection, first) == ("queued", 600.0, 1)
    server.reply = None
    clock.advance_s(1)
    others = queue(connection, endpoint_id, 5, at_us=clock.now_us())
    assert relay.run_once() == 0
    clock.advance_s(598)
    assert relay.run_once() == 0
    clock.advance_s(1)
    assert relay.run_once() == 6
    assert states(connection, [first, *others]) == {"ok": 6}


def test_feishu_waits_past_the_whole_hour(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay, clock: ManualClock
) -> None:
    server, endpoint_id = vendors.add("feishu")
    (only,) = queue(connection, endpoint_id, 1)
    relay = make_relay()
    clock.advance_s(14.9)
    assert relay.run_once() == 0
    clock.advance_s(0.1)
    assert relay.run_once() == 1
    assert delivery(connection, only)[0] == "ok"
    assert server.calls[0].received_at_us == NOW_US + 15 * SECOND_US


def test_a_robot_s_limit_holds_up_nobody_else(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay
) -> None:
    ding, slow = vendors.add("dingtalk")
    feishu, other = vendors.add("wecom")
    queue(connection, slow, 30)
    queued = queue(connection, other, 3)
    assert make_relay().run_once() == 8 + 3
    assert states(connection, queued) == {"ok": 3}
    assert (len(ding.calls), len(feishu.calls)) == (8, 3)


def test_neither_address_nor_sign_key_is_written_anywhere(
    connection: Connection, vendors: Vendors, make_relay: MakeRelay,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    server, endpoint_id = vendors.add("dingtalk", "SECtest")
    (only,) = queue(connection, endpoint_id, 1)
    server.reply = b"there is no robot-key, or its key is not SECtest"
    make_relay().run_once()
    assert "no [secret], or its key is not [secret]" in attempts(connection, only)[0][3]
    trail = str(connection.execute("SELECT detail::text FROM audit_event").fetchall())
    said = capsys.readouterr()
    for text in (trail, said.out, said.err, str(attempts(connection, only))):
        assert "robot-key" not in text
        assert "SECtest" not in text
    assert "***-key" in trail
