"""The raw publisher against a real broker: pace, and nothing lost when the broker dies."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from simulators.ledger import Ledger, read_ledger
from simulators.load import LoadReport, RawPublisher
from tests.collector import Collector
from trapwatch.stack.broker import EmbeddedBroker

TOPIC = b"load/up"


@pytest.fixture
def collector(broker: EmbeddedBroker) -> Iterator[Collector]:
    running = Collector(broker.port, "load/#")
    yield running
    running.close()


def test_every_message_arrives_once_and_is_acknowledged(
    broker: EmbeddedBroker, collector: Collector
) -> None:
    payloads = [b"%d" % number for number in range(5_000)]
    acked: list[int] = []
    report = RawPublisher("127.0.0.1", broker.port, "raw").run(
        ((TOPIC, payload) for payload in payloads), on_acked=acked.append
    )
    assert (report.sent, report.acked, report.reconnects) == (5_000, 5_000, 0)
    assert sorted(acked) == list(range(5_000))
    assert 0 < report.puback_p50_ms <= report.puback_p99_ms <= report.puback_max_ms
    assert collector.wait_for(lambda: set(payloads) <= set(collector.payloads))
    assert collector.payloads == payloads


def test_the_pace_is_kept_and_payloads_are_made_when_they_are_sent(broker: EmbeddedBroker) -> None:
    unacked: set[int] = set()
    most = 0

    def make(number: int) -> bytes:
        nonlocal most
        unacked.add(number)
        most = max(most, len(unacked))
        return b"%d" % number

    report = RawPublisher("127.0.0.1", broker.port, "raw").run(
        ((TOPIC, lambda number=number: make(number)) for number in range(1_000)),
        rate_per_s=1_000,
        window=50,
        on_acked=unacked.remove,
    )
    assert report.duration_s >= 0.99
    assert report.acked == 1_000
    assert 0 < most <= 50


def test_stop_ends_a_run_that_would_go_on(broker: EmbeddedBroker) -> None:
    stop = Event()

    def endless() -> Iterator[tuple[bytes, bytes]]:
        while True:
            yield TOPIC, b"x"

    acked: list[int] = []

    def on_acked(index: int) -> None:
        acked.append(index)
        if len(acked) == 100:
            stop.set()

    report = RawPublisher("127.0.0.1", broker.port, "raw").run(
        endless(), on_acked=on_acked, stop=stop
    )
    assert report.sent == report.acked == len(acked)
    assert len(acked) >= 100


def test_a_broker_that_restarts_costs_nothing_that_was_acked(
    broker: EmbeddedBroker, collector: Collector, tmp_path: Path
) -> None:
    count = 6_000
    some_acked = Event()
    reports: list[LoadReport] = []
    with Ledger(tmp_path / "ledger.jsonl") as ledger:

        def on_acked(index: int) -> None:
            ledger.acked(index)
            if index >= 1_500:
                some_acked.set()

        def publish() -> None:
            messages = ((TOPIC, b"%d" % number) for number in range(count))
            reports.append(
                RawPublisher("127.0.0.1", broker.port, "raw").run(
                    ledger.recorded(messages), rate_per_s=3_000, on_acked=on_acked
                )
            )

        thread = Thread(target=publish)
        thread.start()
        assert some_acked.wait(20)
        broker.stop()
        broker.start()
        thread.join(60)
        assert not thread.is_alive()
    (report,) = reports
    assert report.reconnects >= 1
    assert report.sent == report.acked == count
    content = read_ledger(tmp_path / "ledger.jsonl")
    assert content.acked == set(range(count))
    wanted = {content.sent[index][1] for index in content.acked}
    assert collector.wait_for(lambda: wanted <= set(collector.payloads))
