"""The ingest process on a real broker and a real database, mistreated."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from migrations.runner import migrate
from simulators.load import LoadReport, RawPublisher
from tests.processes import Process, ingest_process, wait_until
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.postgres import EmbeddedPostgres

#: 2026-01-05 09:00 in Shanghai, in milliseconds.
START_MS = 1_767_574_800_000
GARBAGE = [b"", b"{", b"null", b"\x00\xff\xfe", b'{"device":1}', bytes(range(256)), b"[" * 1_000]


@pytest.fixture
def ingest(database_url: str, broker: EmbeddedBroker, tmp_path: Path) -> Iterator[Process]:
    with ingest_process(
        database_url, broker.url, tmp_path / "ingest.log",
        TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650",
    ) as process:  # fmt: skip
        yield process


def reading(number: int) -> tuple[bytes, bytes]:
    payload = {
        "device": f"dev-{number % 200}",
        "metric": "level_mm",
        "value": 600 + number % 50,
        "measured_at": START_MS + number,
    }
    return b"trapwatch/v1/gw-1/up", json.dumps(payload).encode()


def publisher(broker: EmbeddedBroker) -> RawPublisher:
    address = urlsplit(broker.url)
    return RawPublisher(str(address.hostname), int(address.port or 0), "test-publisher")


def rows(database_url: str, query: bytes) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(query).fetchall()


def count(database_url: str) -> int:
    return int(rows(database_url, b"SELECT count(*) FROM reading")[0][0])


def test_five_sigkills_under_load_lose_nothing_and_store_nothing_twice(
    database_url: str, broker: EmbeddedBroker, ingest: Process
) -> None:
    """1,000 msg/s for about 12 s; every publish that was acknowledged is exactly one row."""
    total = 12_000
    acked: set[int] = set()
    reports: list[LoadReport] = []

    def publish() -> None:
        reports.append(
            publisher(broker).run(
                (reading(number) for number in range(total)),
                rate_per_s=1_000,
                on_acked=acked.add,
            )
        )

    thread = Thread(target=publish)
    thread.start()
    for kill in range(5):
        wait_until(lambda due=(kill + 1) * 1_800: len(acked) >= due, "the load to go on")
        ingest.kill()
        ingest.start()
        ingest.wait_ready()
    thread.join(timeout=60)
    assert reports[0].acked == total
    wait_until(lambda: count(database_url) >= total, "all readings to be stored")
    stored = {
        row[0]
        for row in rows(
            database_url,
            b"SELECT (extract(epoch FROM measured_at) * 1000)::bigint FROM reading",
        )
    }
    assert {START_MS + number for number in acked} == stored
    assert count(database_url) == total
    wait_until(lambda: ingest.metrics()["trapwatch_messages_in_flight"] == 0, "the ledger")
    metrics = ingest.metrics()
    received, stored_count, duplicate = (
        metrics[f'trapwatch_messages_total{{outcome="{outcome}"}}']
        for outcome in ("received", "stored", "duplicate")
    )
    assert received == stored_count + duplicate
    assert rows(database_url, b"SELECT count(*) FROM rejected_message") == [(0,)]
    assert rows(database_url, b"SELECT count(*) FROM reading_conflict") == [(0,)]
    assert rows(database_url, b"SELECT sum(reading_count) FROM reading_hourly") == [(total,)]


def test_garbage_on_every_topic_is_kept_counted_and_stops_nothing(
    database_url: str, broker: EmbeddedBroker, ingest: Process
) -> None:
    topics = [
        b"trapwatch/v1/gw-1/up",
        b"trapwatch/v1/gw-1/status",
        b"application/a/device/b/event/up",
    ]
    messages = [(topic, payload) for topic in topics for payload in GARBAGE]
    messages.append((topics[0], b'{"x":"' + b"y" * 300_000 + b'"}'))
    messages.append(reading(1))
    report = publisher(broker).run(messages)
    assert report.acked == len(messages)
    wait_until(lambda: count(database_url) == 1, "the one good reading")
    found = dict(
        rows(database_url, b"SELECT reason, count(*) FROM rejected_message GROUP BY reason")
    )
    assert found == {"decode_error": len(GARBAGE) * 3, "oversized": 1}
    kept = {bytes(row[0]) for row in rows(database_url, b"SELECT payload FROM rejected_message")}
    assert set(GARBAGE) <= kept
    assert ingest.is_ready()


def test_a_database_that_goes_away_turns_readiness_red_and_costs_nothing(
    broker: EmbeddedBroker, private_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    url = private_postgres.ensure_database("trapwatch")
    migrate(url)
    total = 3_000
    with ingest_process(
        url, broker.url, tmp_path / "ingest.log", TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650"
    ) as ingest:
        thread = Thread(
            target=publisher(broker).run,
            args=((reading(number) for number in range(total)),),
            kwargs={"rate_per_s": 1_000},
        )
        thread.start()
        wait_until(lambda: count(url) > 0, "the first readings")
        private_postgres.kill()
        wait_until(lambda: not ingest.is_ready(), "readiness to turn red")
        assert "database" in " ".join(ingest.problems())
        private_postgres.start()
        thread.join(timeout=60)
        wait_until(lambda: count(url) == total, "all readings to be stored")
        wait_until(ingest.is_ready, "readiness to turn green")


def test_it_starts_before_database_and_broker_and_says_what_it_waits_for(
    broker: EmbeddedBroker, private_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    url = private_postgres.ensure_database("trapwatch")
    migrate(url)
    private_postgres.stop()
    broker.stop()
    log = tmp_path / "ingest.log"
    with ingest_process(url, broker.url, log, await_ready=False) as ingest:

        def waits_for_both() -> bool:
            said = " ".join(ingest.problems())
            return "database away" in said and "not subscribed at the broker" in said

        wait_until(waits_for_both, "both problems to be told")
        assert "broker_unreachable" in log.read_text("utf-8")
        private_postgres.start()
        broker.start()
        ingest.wait_ready()
        publisher(broker).run([reading(1)])
        wait_until(lambda: count(url) == 1, "the first reading")


def test_a_broker_that_restarts_is_found_again(
    database_url: str, broker: EmbeddedBroker, ingest: Process
) -> None:
    publisher(broker).run([reading(1)])
    wait_until(lambda: count(database_url) == 1, "the first reading")
    broker.stop()
    wait_until(lambda: not ingest.is_ready(), "readiness to turn red")
    broker.start()
    wait_until(ingest.is_ready, "readiness to turn green")
    publisher(broker).run([reading(2)])
    wait_until(lambda: count(database_url) == 2, "the second reading")


def test_a_broker_that_restarts_keeps_what_comes_before_the_worker_is_back(
    database_url: str, broker: EmbeddedBroker, ingest: Process
) -> None:
    """Mosquitto 2.0.21 forgets shared subscriptions when it restarts, so ours is not shared."""
    ingest.kill()
    broker.restart()
    report = publisher(broker).run(reading(number) for number in range(100))
    assert report.acked == 100
    ingest.start()
    wait_until(lambda: count(database_url) == 100, "what the broker kept", patience_s=20)


def test_a_stop_is_clean_and_says_that_nobody_listens(
    database_url: str, broker: EmbeddedBroker, ingest: Process
) -> None:
    publisher(broker).run(reading(number) for number in range(500))
    assert ingest.stop() == 0
    publisher(broker).run(reading(number) for number in range(500, 1_000))
    assert rows(database_url, b"SELECT listening_since FROM ingest_worker") == [(None,)]
    ingest.start()
    wait_until(lambda: count(database_url) == 1_000, "what the broker kept meanwhile")


def test_a_misspelt_setting_refuses_to_start_and_is_named(
    database_url: str, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    process = Process(["ingest"], {"TRAPWATCH_INGEST__BATCH_COUNTMAX": "7"}, 0, log)
    process.start()
    assert process.running is not None
    assert process.running.wait(timeout=30) == 2
    assert "TRAPWATCH_INGEST__BATCH_COUNTMAX: unknown setting" in log.read_text()


def test_a_chirpstack_uplink_from_mosquitto_pub_is_stored(
    database_url: str, broker: EmbeddedBroker, ingest: Process
) -> None:
    case = Path(__file__).parents[1] / "golden/codecs/chirpstack/ldds75_numbers_in_strings"
    broker.mosquitto_pub(
        "-q", "1", "-t", (case / "topic.txt").read_text().strip(), "-s",
        stdin=(case / "payload.json").read_bytes(),
    )  # fmt: skip
    wait_until(lambda: count(database_url) == 5, "five metrics")
    assert rows(
        database_url,
        b"SELECT d.uid, r.value FROM reading r JOIN device d USING (device_id) WHERE metric = 2",
    ) == [("24e124136b502217", 2116.0)]
