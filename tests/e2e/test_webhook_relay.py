"""Relays at work: beside each other, past their lease, with receivers that hang, told to stop."""

from statistics import median
from threading import Event, Thread, current_thread, main_thread
from typing import Any

import pytest

from alerts.webhooks.protection import secret_of
from core.clock import ManualClock, SystemClock
from core.db import Connection
from core.instant import SECOND_US
from tests.relays import (
    SETTINGS,
    MakeRelay,
    attempts,
    clocks,
    connections,
    delivery,
    relay_makers,
    running,
)
from tests.webhooks import (
    KEYRING,
    NOW_US,
    Receiver,
    add_endpoint,
    answer,
    hang,
    queue_message,
    receivers,
)

receiver = pytest.fixture(receivers)
clock = pytest.fixture(clocks)
connection = pytest.fixture(connections)
make_relay = pytest.fixture(relay_makers)


def test_a_malformed_secret_costs_the_attempt_not_the_relay(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    broken, sound = (add_endpoint(connection, receiver.url) for _ in range(2))
    connection.execute(
        "UPDATE webhook_endpoint SET secret = %s WHERE webhook_endpoint_id = %s",
        (KEYRING.seal("whsec_nonsense", secret_of(broken)), broken),
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
    relay = make_relay(SETTINGS.model_copy(update={"timeout_s": 30.0, "sender_count": 4}))
    with running(relay):
        hanging.next()
        for _ in range(5):
            queue_message(connection, sound)
            receiver.next()  # while the others hang: far sooner than their timeout
        assert hanging.requests() == []
        hanging.close()


def test_a_running_relay_hears_of_a_message_at_once(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    endpoint_id = add_endpoint(connection, receiver.url)
    wall = SystemClock()
    relay = make_relay(on=wall)
    waits_s = []
    with running(relay):
        for _ in range(6):
            queued_us = wall.now_us()
            (delivery_id,) = queue_message(connection, endpoint_id, at_us=queued_us)
            receiver.next()
            waits_s.append((wall.now_us() - queued_us) / SECOND_US)
            while delivery(connection, delivery_id)[0] != "ok":
                pass
    # Each is queued just after the relay looked; without NOTIFY it would wait for the next look.
    assert median(waits_s) < 0.25
    assert delivery(connection, delivery_id) == ("ok", None, 1)
    assert relay.problems() == []


class NoticedEvent(Event):
    """An event that knows whether the main thread saw it set."""

    def __init__(self) -> None:
        super().__init__()
        self.noticed = Event()

    def is_set(self) -> bool:
        if super().is_set() and current_thread() is main_thread():
            self.noticed.set()
        return super().is_set()


def test_what_is_being_sent_when_told_to_stop_is_finished_and_recorded(
    connection: Connection, receiver: Receiver, make_relay: MakeRelay
) -> None:
    stop = NoticedEvent()

    def answer_after_the_stop(handler: Any) -> None:
        stop.set()
        stop.noticed.wait()
        answer(200)(handler)

    receiver.script.put(answer_after_the_stop)
    endpoint_id = add_endpoint(connection, receiver.url)
    (delivery_id,) = queue_message(connection, endpoint_id)
    make_relay(SETTINGS.model_copy(update={"timeout_s": 30.0})).run(stop)
    assert delivery(connection, delivery_id) == ("ok", None, 1)
