"""What becomes of a message by the receiver's answer; the schedule runs on a clock set by hand."""

import json
from collections.abc import Callable
from queue import Empty

import pytest
from standardwebhooks import Webhook

from alerts.webhooks import endpoints, replays
from alerts.webhooks.model import EndpointFields, EndpointState
from alerts.webhooks.signing import verify
from core.clock import ManualClock, SystemClock
from core.db import Connection
from core.instant import SECOND_US, from_us
from tests.relays import (
    SETTINGS,
    MakeRelay,
    attempts,
    clocks,
    connections,
    delivery,
    relay_makers,
)
from tests.webhooks import (
    NOW_US,
    PROTECTION,
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

receiver = pytest.fixture(receivers)
clock = pytest.fixture(clocks)
connection = pytest.fixture(connections)
make_relay = pytest.fixture(relay_makers)


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

    replays.replay_delivery(connection, delivery_id, actor="li", now=clock.now())
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
        (lambda receiver: hang(receiver.over), "timeout", 30.0),
        (lambda receiver: drip(b"HTTP/1.1 200 OK\r\nx: ", receiver.over), "timeout", 30.0),
        (lambda _receiver: reset, "broken", 5.0),
    ],
)
def test_a_receiver_that_gives_no_answer_is_tried_again(
    connection: Connection,
    receiver: Receiver,
    make_relay: MakeRelay,
    clock: ManualClock,
    case: tuple[Callable[[Receiver], Callable[..., None]], str, float],
) -> None:
    behaviour, kind, wait_s = case
    receiver.script.put(behaviour(receiver))
    (delivery_id,) = queue_message(connection, add_endpoint(connection, receiver.url))
    relay = make_relay()
    relay.run_once()
    assert delivery(connection, delivery_id) == ("queued", wait_s, 1)
    ((_, status, outcome, detail),) = attempts(connection, delivery_id)
    assert (status, outcome) == (None, "retry")
    assert detail.startswith(kind)
    clock.advance_s(wait_s)
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


def test_a_test_message_goes_to_its_endpoint_alone(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay, clock: ManualClock
) -> None:
    fields = EndpointFields(receiver.url, event_types=("alert.fired",))
    created = [
        endpoints.create_endpoint(
            connection,
            fields,
            secret=None,
            random_bytes=bytes(32),
            protection=PROTECTION,
            actor="li",
            now=clock.now(),
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
