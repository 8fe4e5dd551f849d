"""The relay between a real database and a receiver; the schedule runs on a clock set by hand."""

import json
from collections.abc import Callable, Iterator
from queue import Empty
from threading import Event, Thread
from typing import Any

import pytest
from standardwebhooks import Webhook

from alerts.webhooks import endpoints
from alerts.webhooks.model import EndpointFields, EndpointState
from alerts.webhooks.relay import Relay
from alerts.webhooks.signing import verify
from alerts.webhooks.transport import HttpTransport
from core.backoff import Backoff
from core.clock import Clock, ManualClock, SystemClock
from core.database_link import DatabaseLink
from core.db import Connection, connect
from core.instant import SECOND_US, from_us
from core.log import get_logger
from core.settings import WebhookSettings
from tests.webhooks import (
    NOW_US,
    SECRET,
    Received,
    Receiver,
    add_endpoint,
    answer,
    drip,
    hang,
    queue_message,
    receivers,
    reset,
)

SETTINGS = WebhookSettings(
    retry_delays_s=(5, 300, 1_800), retry_jitter_ratio=0.0, timeout_s=0.5, lease_s=60
)

receiver = pytest.fixture(receivers)
MakeRelay = Callable[..., Relay]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_US)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as opened:
        yield opened


@pytest.fixture
def make_relay(database_url: str, clock: ManualClock) -> Iterator[MakeRelay]:
    """Relays on the test's database and clock; all are closed afterwards."""
    made: list[tuple[Relay, HttpTransport]] = []

    def make(settings: WebhookSettings = SETTINGS, on: Clock = clock) -> Relay:
        def open_link(name: str, prepare: Callable[[Connection], None]) -> DatabaseLink:
            backoff = Backoff(0.2, lambda: 0.0, delay_s_first=0.01)
            return DatabaseLink(
                database_url, name, backoff=backoff, log=get_logger("test"), prepare=prepare
            )

        transport = HttpTransport(SystemClock(), timeout_s=settings.timeout_s)
        relay = Relay(
            open_link,
            transport,
            on,
            settings,
            user_agent="Trapwatch/test",
            random_ratio=lambda: 0.5,
        )
        made.append((relay, transport))
        return relay

    yield make
    for relay, transport in made:
        relay.close()
        transport.close()


def delivery(connection: Connection, delivery_id: int) -> tuple[str, float | None, int]:
    """State, seconds from NOW to the next attempt, and attempts of a delivery."""
    row = connection.execute(
        "SELECT state, extract(epoch FROM next_attempt_at)::float8, attempt_count"
        " FROM webhook_delivery WHERE webhook_delivery_id = %s",
        (delivery_id,),
    ).fetchone()
    assert row is not None
    state, next_s, attempts = row
    return state, None if next_s is None else next_s - NOW_US / SECOND_US, attempts


def attempts(connection: Connection, delivery_id: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT attempt, http_status, outcome, detail FROM webhook_attempt"
        " WHERE webhook_delivery_id = %s ORDER BY attempt",
        (delivery_id,),
    ).fetchall()


def assert_signed(request: Received, now_s: int) -> None:
    verify(
        SECRET,
        request.headers["webhook-id"],
        int(request.headers["webhook-timestamp"]),
        request.body,
        header=request.headers["webhook-signature"],
        now_s=now_s,
    )


def test_a_message_arrives_as_queued_and_an_independent_library_accepts_it(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    body = json.dumps({"type": "alert.fired", "data": {"name": "王家小馆"}}).encode()
    wall = SystemClock()
    (delivery_id,) = queue_message(
        connection, add_endpoint(connection, receiver.url), at_us=wall.now_us(), body=body
    )
    assert make_relay(on=wall).run_once() == 1
    request = receiver.next()
    assert request.body == body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "Trapwatch/test"
    assert Webhook(SECRET).verify(request.body, request.headers) == json.loads(body)
    assert delivery(connection, delivery_id) == ("ok", None, 1)


def test_500_then_200_is_delivered_after_the_first_wait_under_the_same_id(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    receiver.script.put(answer(500, body=b"database is on fire"))
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    relay = make_relay()
    assert relay.run_once() == 1
    assert delivery(connection, delivery_id) == ("queued", 5.0, 1)
    clock.advance_s(4.9)
    assert relay.run_once() == 0
    clock.advance_s(0.1)
    assert relay.run_once() == 1
    assert delivery(connection, delivery_id) == ("ok", None, 2)
    first, second = receiver.requests()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) == NOW_US // SECOND_US + 5
    assert_signed(second, NOW_US // SECOND_US + 5)
    assert attempts(connection, delivery_id) == [
        (1, 500, "retry", "HTTP 500\ndatabase is on fire"),
        (2, 204, "delivered", "HTTP 204"),
    ]


def test_the_whole_schedule_then_dead_then_replayed(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    receiver.then = answer(503)
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    relay = make_relay()
    sent_at_s = []
    for wait_s in (0, 5, 300, 1_800):
        clock.advance_s(wait_s - 0.001)
        assert relay.run_once() == 0
        clock.advance_s(0.001)
        assert relay.run_once() == 1
        sent_at_s.append((clock.now_us() - NOW_US) // SECOND_US)
    assert sent_at_s == [0, 5, 305, 2_105]
    assert delivery(connection, delivery_id) == ("dead", None, 4)
    clock.advance_s(10_000_000)
    assert relay.run_once() == 0

    endpoints.replay_delivery(connection, delivery_id, actor="li", now=clock.now())
    assert relay.run_once() == 1
    state, _, count = delivery(connection, delivery_id)
    assert (state, count) == ("queued", 5)  # the schedule begins again
    receiver.then = answer(200)
    clock.advance_s(5)
    assert relay.run_once() == 1
    assert delivery(connection, delivery_id) == ("ok", None, 6)
    assert len({request.headers["webhook-id"] for request in receiver.requests()}) == 1


def test_jitter_stretches_the_waits(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    receiver.then = answer(500)
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    make_relay(SETTINGS.model_copy(update={"retry_jitter_ratio": 0.2})).run_once()
    assert delivery(connection, delivery_id) == ("queued", pytest.approx(5 * 1.1), 1)


def test_429_waits_as_long_as_the_receiver_asks(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    receiver.then = answer(429, {"Retry-After": "120"})
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    make_relay().run_once()
    assert delivery(connection, delivery_id) == ("queued", 120.0, 1)


def test_410_ends_the_endpoint_with_an_audit_row_and_spares_the_others(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    receiver.then = answer(410)
    gone = add_endpoint(connection, receiver.url)
    other = add_endpoint(connection, receiver.url, "paused")
    (delivery_id,) = queue_message(connection, gone)
    waiting, elsewhere = queue_message(connection, gone, other, at_us=NOW_US + 1)
    make_relay().run_once()
    assert endpoints.get_endpoint(connection, gone).state is EndpointState.DISABLED
    assert delivery(connection, delivery_id) == ("dead", None, 1)
    assert delivery(connection, waiting)[0] == "dead"
    assert delivery(connection, elsewhere)[0] == "queued"
    assert connection.execute(
        "SELECT actor, action, subject_id FROM audit_event WHERE subject_kind = 'webhook_endpoint'"
    ).fetchall() == [("system", "webhook_endpoint.disabled", str(gone))]
    assert len(receiver.requests()) == 1


def test_a_redirect_is_a_failure_and_nobody_is_called_there(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    receiver.then = answer(302, {"Location": receiver.url + "/elsewhere"})
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    make_relay().run_once()
    assert delivery(connection, delivery_id) == ("queued", 5.0, 1)
    assert [request.path for request in receiver.requests()] == ["/hook"]


@pytest.mark.parametrize(
    "case",
    [
        (lambda receiver: hang(receiver.over), "timeout"),
        (lambda receiver: drip(b"HTTP/1.1 200 OK\r\nx: ", receiver.over), "timeout"),
        (lambda _receiver: reset, "broken"),
    ],
)
def test_a_receiver_that_gives_no_answer_is_tried_again(
    connection: Connection,
    receiver: Receiver,
    make_relay: MakeRelay,
    clock: ManualClock,
    case: tuple[Callable[[Receiver], Callable[..., None]], str],
) -> None:
    behaviour, kind = case
    receiver.script.put(behaviour(receiver))
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    relay = make_relay()
    relay.run_once()
    assert delivery(connection, delivery_id) == ("queued", 5.0, 1)
    ((_, status, outcome, detail),) = attempts(connection, delivery_id)
    assert (status, outcome) == (None, "retry")
    assert detail.startswith(kind)
    clock.advance_s(5)
    relay.run_once()
    assert delivery(connection, delivery_id) == ("ok", None, 2)


def test_a_receiver_that_is_down_gets_everything_once_it_is_up(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    receiver.close()
    endpoint_id = add_endpoint(connection, receiver.url)
    queued = [queue_message(connection, endpoint_id)[0] for _ in range(5)]
    relay = make_relay()
    assert relay.run_once() == 5
    assert {delivery(connection, one) for one in queued} == {("queued", 5.0, 1)}
    revived = Receiver(receiver.port)
    clock.advance_s(5)
    assert relay.run_once() == 5
    revived.close()
    assert {delivery(connection, one) for one in queued} == {("ok", None, 2)}
    assert len({request.headers["webhook-id"] for request in revived.requests()}) == 5


def test_a_paused_endpoint_waits_and_a_resumed_one_gets_it(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    endpoint_id = add_endpoint(connection, receiver.url)
    (delivery_id,) = queue_message(connection, endpoint_id)
    endpoints.pause_endpoint(connection, endpoint_id, actor="li", now=clock.now())
    relay = make_relay()
    assert relay.run_once() == 0
    endpoints.resume_endpoint(connection, endpoint_id, actor="li", now=clock.now())
    assert relay.run_once() == 1
    assert delivery(connection, delivery_id) == ("ok", None, 1)


def test_a_malformed_secret_costs_the_attempt_not_the_relay(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    broken, sound = (add_endpoint(connection, receiver.url) for _ in range(2))
    connection.execute(
        "UPDATE webhook_endpoint SET secret = 'whsec_nonsense' WHERE webhook_endpoint_id = %s",
        (broken,),
    )
    unsendable, sendable = queue_message(connection, broken, sound)
    assert make_relay().run_once() == 2
    assert delivery(connection, unsendable) == ("queued", 5.0, 1)
    assert delivery(connection, sendable) == ("ok", None, 1)
    assert "nonsense" not in attempts(connection, unsendable)[0][3]


def test_a_hundred_deliveries_at_once_each_arrive_exactly_once(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    endpoint_ids = [add_endpoint(connection, receiver.url) for _ in range(4)]
    for _ in range(25):
        queue_message(connection, *endpoint_ids)
    first, second = make_relay(), make_relay()
    counts: list[int] = []
    threads = [
        Thread(target=lambda relay=relay: counts.append(relay.run_once()))
        for relay in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 100
    requests = receiver.requests()
    assert len(requests) == 100
    assert len({request.headers["webhook-id"] for request in requests}) == 25
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE state = 'ok'), sum(attempt_count) FROM webhook_delivery"
    ).fetchone()
    assert row == (100, 100)


def test_a_relay_that_was_slow_past_its_lease_sends_twice_under_one_id_and_overwrites_nothing(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    """One relay is held between send and record; another one takes over after the lease."""
    released = Event()

    def answer_late(handler: Any) -> None:
        released.wait()
        answer(500)(handler)

    receiver.script.put(answer_late)
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    slow = make_relay(SETTINGS.model_copy(update={"timeout_s": 30.0}))
    thread = Thread(target=slow.run_once)
    thread.start()
    first = receiver.next()
    clock.advance_s(60)
    assert make_relay().run_once() == 1
    second = receiver.next()
    released.set()
    thread.join()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert delivery(connection, delivery_id) == ("ok", None, 2)
    assert [row[:3] for row in attempts(connection, delivery_id)] == [
        (1, 500, "retry"),
        (2, 204, "delivered"),
    ]
    assert slow.metrics.fenced._value.get() == 1


def test_a_receiver_that_hangs_does_not_delay_the_others(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    hanging = Receiver()
    hanging.then = hang(hanging.over)
    stuck, sound = add_endpoint(connection, hanging.url), add_endpoint(connection, receiver.url)
    for _ in range(30):
        queue_message(connection, stuck, at_us=NOW_US - SECOND_US)
    queue_message(connection, sound)
    relay = make_relay(SETTINGS.model_copy(update={"timeout_s": 30.0, "sender_count": 4}))
    stop = Event()
    thread = Thread(target=relay.run, args=(stop,))
    thread.start()
    receiver.next(timeout_s=5.0)  # far sooner than the hanging receiver's timeout
    assert len(hanging.requests()) == 2  # half of the senders
    stop.set()
    hanging.close()
    thread.join()


def test_a_running_relay_hears_of_a_message_at_once_and_stops_when_told(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    wall = SystemClock()
    endpoint_id = add_endpoint(connection, receiver.url)
    relay = make_relay(on=wall)
    stop = Event()
    thread = Thread(target=relay.run, args=(stop,))
    thread.start()
    queue_message(connection, endpoint_id, at_us=wall.now_us())
    receiver.next()
    for _ in range(3):
        (delivery_id,) = queue_message(connection, endpoint_id, at_us=wall.now_us())
        receiver.next()
    stop.set()
    thread.join(5.0)
    assert not thread.is_alive()
    assert delivery(connection, delivery_id) == ("ok", None, 1)
    assert relay.problems() == []


def test_what_is_being_sent_when_told_to_stop_is_finished_and_recorded(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    stop = Event()

    def stop_then_answer(handler: Any) -> None:
        stop.set()
        answer(200)(handler)

    receiver.script.put(stop_then_answer)
    endpoint_id = add_endpoint(connection, receiver.url)
    (delivery_id,) = queue_message(connection, endpoint_id)
    make_relay().run(stop)
    assert delivery(connection, delivery_id) == ("ok", None, 1)


def test_a_test_message_goes_to_its_endpoint_alone(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    fields = EndpointFields(receiver.url, event_types=("alert.fired",))
    created = [
        endpoints.create_endpoint(
            connection, fields, secret=None, random_bytes=bytes(32), actor="li", now=clock.now()
        )
        for _ in range(2)
    ]
    uid = endpoints.send_test(
        connection,
        created[0].endpoint.endpoint_id,
        random_bytes=bytes(range(16)),
        actor="li",
        now=clock.now(),
    )
    assert make_relay().run_once() == 1
    request = receiver.next()
    assert request.headers["webhook-id"] == uid
    message = json.loads(request.body)
    assert message["type"] == "webhook.test"
    assert message["timestamp"] == from_us(NOW_US).isoformat().replace("+00:00", "Z")
    verify(
        created[0].secret,
        uid,
        int(request.headers["webhook-timestamp"]),
        request.body,
        header=request.headers["webhook-signature"],
        now_s=NOW_US // SECOND_US,
    )
    with pytest.raises(Empty):
        receiver.received.get_nowait()
