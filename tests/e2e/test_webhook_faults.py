"""Every way a receiver can fail, through the whole schedule on a clock set by hand; nothing lost.

The schedule is the shipped one. What is compared is the exact time of every attempt.
"""

import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from alerts.webhooks import replays
from alerts.webhooks.guard import AddressGuard
from alerts.webhooks.relay import Relay
from alerts.webhooks.replays import Selection
from core.clock import ManualClock
from core.db import Connection
from core.instant import SECOND_US, from_us
from core.settings import WebhookSettings
from tests.relays import MakeRelay, attempts, clocks, connections, delivery, relay_makers
from tests.webhooks import (
    NOW_US,
    Behaviour,
    Receiver,
    add_endpoint,
    answer,
    drip,
    hang,
    queue_message,
    receivers,
    reset,
    say,
)

receiver = pytest.fixture(receivers)
clock = pytest.fixture(clocks)
connection = pytest.fixture(connections)
make_relay = pytest.fixture(relay_makers)

SETTINGS = WebhookSettings(retry_jitter_ratio=0.0, timeout_s=0.2, lease_s=60)
#: Seconds of the eight attempts: 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h after each other.
SVIX_S = (0, 5, 305, 2_105, 9_305, 27_305, 63_305, 99_305)
#: The first wait is half a minute where the receiver hangs or has too much to do.
FLOORED_S = (0, *(at_s + 25 for at_s in SVIX_S[1:]))


class Fault(NamedTuple):
    """How a receiver behaves, when it is tried, and what is written down of each attempt."""

    behave: Callable[[Receiver], Behaviour]
    at_s: tuple[int, ...]
    status: int | None
    detail: str


def cut_off(handler: object) -> None:
    """Announce an answer of 100 bytes, send 4 and reset."""
    say(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nOops")(handler)  # type: ignore[arg-type]  # the handler's class is private
    reset(handler)  # type: ignore[arg-type]


FAULTS = {
    "500": Fault(lambda _: answer(500, body=b"on fire"), SVIX_S, 500, "HTTP 500\non fire"),
    "404": Fault(lambda _: answer(404), SVIX_S, 404, "HTTP 404"),
    "429": Fault(lambda _: answer(429), FLOORED_S, 429, "HTTP 429"),
    "502": Fault(lambda _: answer(502), FLOORED_S, 502, "HTTP 502"),
    "504": Fault(lambda _: answer(504), FLOORED_S, 504, "HTTP 504"),
    "503, later": Fault(
        lambda _: answer(503, {"Retry-After": "3600"}),
        (0, 3_600, 7_200, 10_800, 18_000, 36_000, 72_000, 108_000), 503, "HTTP 503",
    ),
    "redirect": Fault(
        lambda r: answer(302, {"Location": r.url}), SVIX_S, 302, "HTTP 302: redirects are not",
    ),
    "hang": Fault(lambda r: hang(r.over), FLOORED_S, None, "timeout"),
    "slow body of headers": Fault(
        lambda r: drip(b"HTTP/1.1 200 OK\r\nx: ", r.over), FLOORED_S, None, "timeout"
    ),
    "slow body": Fault(
        lambda r: drip(b"HTTP/1.1 500 Oops\r\nContent-Length: 9999\r\n\r\n", r.over),
        SVIX_S, 500, "HTTP 500\nx",
    ),
    "reset": Fault(lambda _: reset, SVIX_S, None, "broken"),
    "reset mid-body": Fault(lambda _: cut_off, SVIX_S, 500, "HTTP 500"),
    "not HTTP": Fault(lambda _: say(b"SSH-2.0-OpenSSH_9.6\r\n"), SVIX_S, None, "broken"),
}  # fmt: skip


def tried_at(relay: Relay, clock: ManualClock, at_s: tuple[int, ...]) -> list[int]:
    """Run the relay just before and at each of these seconds; return when it sent."""
    sent = []
    for moment in at_s:
        for at_us in (NOW_US + moment * SECOND_US - 1_000, NOW_US + moment * SECOND_US):
            clock.advance_s((at_us - clock.now_us()) / SECOND_US)
            if relay.run_once():
                sent.append(round((clock.now_us() - NOW_US) / SECOND_US, 3))
    return sent


@pytest.mark.parametrize("name", FAULTS)
def test_each_failure_follows_the_schedule_dies_and_is_replayed_under_its_id(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock, name: str
) -> None:
    fault = FAULTS[name]
    receiver.then = fault.behave(receiver)
    endpoint_id = add_endpoint(connection, receiver.url)
    (delivery_id,) = queue_message(connection, endpoint_id)
    relay = make_relay(SETTINGS)
    assert tried_at(relay, clock, fault.at_s) == list(fault.at_s)
    assert delivery(connection, delivery_id) == ("dead", None, 8)
    found = attempts(connection, delivery_id)
    assert [row[1] for row in found] == [fault.status] * 8
    assert all(row[3].startswith(fault.detail) for row in found[:-1]), found[0][3]
    assert [row[2] for row in found] == [*["retry"] * 7, "dead"]

    receiver.then = answer(204)
    clock.advance_s(3_600)
    with connection.transaction():
        replays.replay_deliveries(
            connection, endpoint_id, Selection(since=from_us(NOW_US)), is_dry_run=False,
            actor="li", now=clock.now(),
        )  # fmt: skip
    assert relay.run_once() == 1
    assert delivery(connection, delivery_id) == ("ok", None, 9)
    requests = receiver.requests()
    assert len({request.headers["webhook-id"] for request in requests}) == 1
    replayed_s = int(requests[-1].headers["webhook-timestamp"])
    assert replayed_s == clock.now_us() // SECOND_US, "signed anew"


def test_a_receiver_that_is_down_follows_the_schedule(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    receiver.close()
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    assert tried_at(make_relay(SETTINGS), clock, SVIX_S) == list(SVIX_S)
    found = attempts(connection, delivery_id)
    assert [row[3].split(":")[0] for row in found] == ["refused"] * 8


@pytest.mark.parametrize("body", [b'{"errcode":310000}', b"error: not today"])
def test_a_standard_receiver_s_200_counts_whatever_its_body_says(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, body: bytes
) -> None:
    receiver.then = answer(200, body=body)
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    assert make_relay(SETTINGS).run_once() == 1
    assert delivery(connection, delivery_id) == ("ok", None, 1)
    assert attempts(connection, delivery_id)[0][3] == f"HTTP 200\n{body.decode()}"


def test_a_name_that_turns_private_is_blocked_retried_and_delivered_once_repaired(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    """The first answer is a place we may send to, the second is not, the third is again."""
    answers = iter(["127.0.0.1", "10.0.0.1", "169.254.169.254", "127.0.0.1"])
    receiver.then = answer(200, {"Connection": "close"})
    url = f"http://inspectors.example:{receiver.port}/hook"
    endpoint_id = add_endpoint(connection, url)
    relay = make_relay(SETTINGS, resolve=lambda _host, _port: [next(answers)])
    queue_message(connection, endpoint_id)
    assert relay.run_once() == 1
    assert len(receiver.requests()) == 1
    (delivery_id,) = queue_message(connection, endpoint_id)
    assert tried_at(relay, clock, SVIX_S[:3]) == list(SVIX_S[:3])
    found = attempts(connection, delivery_id)
    assert [row[2] for row in found] == ["retry", "retry", "delivered"]
    assert found[0][3].startswith("blocked: inspectors.example: 10.0.0.1 is not a public address")
    assert len(receiver.requests()) == 1


def test_one_that_asks_for_less_gets_nothing_else_meanwhile(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    receiver.script.put(answer(429, {"Retry-After": "120"}))
    endpoint_id = add_endpoint(connection, receiver.url)
    queue_message(connection, endpoint_id)
    relay = make_relay(SETTINGS)
    assert relay.run_once() == 1
    (second,) = queue_message(connection, endpoint_id)
    clock.advance_s(119.9)
    assert relay.run_once() == 0
    clock.advance_s(0.1)
    assert relay.run_once() == 2
    assert delivery(connection, second) == ("ok", None, 1)


def test_what_a_receiver_repeats_of_its_secrets_is_not_kept(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    target = "/robot/send?access_token=0123456789abcdef"
    receiver.then = answer(400, body=b"bad token in " + target.encode())
    url = f"http://127.0.0.1:{receiver.port}{target}"
    (delivery_id,) = queue_message(connection, add_endpoint(connection, url))
    make_relay(SETTINGS).run_once()
    assert receiver.next().path == target
    assert attempts(connection, delivery_id)[0][3] == "HTTP 400\nbad token in [secret]"


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of a service on loopback that nobody may be led to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server.getsockname()[1]
        with pytest.raises(BlockingIOError):  # nobody is waiting to be accepted
            server.accept()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"),
        *("0.0.0.0", "[::1]", "169.254.169.254", "10.0.0.1"),
    ],
)
def test_an_endpoint_that_got_there_all_the_same_is_not_connected_to(
    connection: Connection, make_relay: MakeRelay, listening: int, host: str
) -> None:
    """What was allowed when it was made need not be now; the database may hold anything."""
    endpoint_id = add_endpoint(connection, f"https://{host}:{listening}/")
    (delivery_id,) = queue_message(connection, endpoint_id)
    make_relay(SETTINGS, guard=AddressGuard()).run_once()
    ((_, status, outcome, detail),) = attempts(connection, delivery_id)
    assert (status, outcome) == (None, "retry")
    assert detail.startswith("blocked: ")
