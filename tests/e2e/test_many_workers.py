"""Several workers share the stream, hand it over, and agree with one worker on what it came to."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from alerts.seed import seed_rules
from core.clock import SystemClock
from migrations.runner import migrate
from simulators.load import RawPublisher
from tests.processes import Process, free_port, ingest_process, wait_until
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.postgres import EmbeddedPostgres

#: 2026-01-05 09:00 in Shanghai, in milliseconds.
START_MS = 1_767_574_800_000
TRAPS = 40
ROUNDS = 14
REGISTER = """
INSERT INTO town (code, name, name_en) VALUES ('wt', '魏塘', 'Weitang');
INSERT INTO restaurant (register_no, name, restaurant_type, town_id, address, created_at, updated_at)
  SELECT 'R' || n, '老灶', 'small', 1, '', now(), now() FROM generate_series(1, 40) AS n;
INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, created_at, updated_at)
  SELECT 'T' || n, n, 450, 600, 900, 0.75, now(), now() FROM generate_series(1, 40) AS n;
INSERT INTO gateway (uid, created_at) VALUES ('gw-1', now());
INSERT INTO device (uid, gateway_id, trap_id, status, commissioned_at, created_at, updated_at)
  SELECT 'dev-' || n, 1, n, 'active', now(), now(), now() FROM generate_series(1, 40) AS n;
"""  # noqa: E501  # one line a table


def level(trap: int, number: int) -> float:
    """Every third trap overflows from minute 3 to 8, then runs dry again."""
    return 885.0 if trap % 3 == 0 and 3 <= number <= 8 else 612.0


def reading(trap: int, number: int) -> tuple[bytes, bytes]:
    payload = {
        "device": f"dev-{trap}",
        "metric": "level_mm",
        "value": level(trap, number),
        "measured_at": START_MS + number * 60_000,
    }
    return b"trapwatch/v1/gw-1/up", json.dumps(payload).encode()


def query(url: str, text: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(text.encode()).fetchall()


def publisher(broker: EmbeddedBroker) -> RawPublisher:
    address = urlsplit(broker.url)
    return RawPublisher(str(address.hostname), int(address.port or 0), "test-publisher")


@pytest.fixture
def make_county(make_database_url: Callable[[], str]) -> Iterator[Callable[[], str]]:
    urls: list[str] = []

    def make() -> str:
        url = make_database_url()
        urls.append(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(REGISTER.encode())
            seed_rules(connection, SystemClock().now())
        return url

    yield make
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    for url in urls:
        assert query(url, deadlocks) == [(0,)], "two workers waited for each other crosswise"


@pytest.fixture
def county(make_county: Callable[[], str]) -> str:
    return make_county()


def worker(
    url: str, broker: EmbeddedBroker, tmp_path: Path, number: int, stack: ExitStack
) -> Process:
    return stack.enter_context(
        ingest_process(
            url, broker.url, tmp_path / f"ingest-{number}.log",
            TRAPWATCH_MQTT__CLIENT_ID=f"worker-{number}",
            TRAPWATCH_MQTT__SHARE_GROUP="ingest",
            TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650",
        )
    )  # fmt: skip


STATE = {
    "readings": "SELECT device_id, metric, measured_at, value, quality FROM reading"
    " ORDER BY 1, 2, 3",
    "series": "SELECT device_id, metric, measured_at, value FROM series_state ORDER BY 1, 2",
    "hours": "SELECT * FROM reading_hourly ORDER BY device_id, metric, hour",
    "alerts": "SELECT dedup_key, status, started_at, fired_at, ended_at, peak_value FROM alert"
    " ORDER BY 1, 3",
    "machines": "SELECT rule_code, device_id, phase FROM rule_state ORDER BY 1, 2",
}  # fmt: skip


def play(url: str, broker: EmbeddedBroker, tmp_path: Path, workers: int) -> dict[str, Any]:
    """Publish minute by minute, each after the last is stored, and return the final state."""
    with ExitStack() as stack:
        processes = [worker(url, broker, tmp_path, n, stack) for n in range(workers)]
        for number in range(ROUNDS):
            publisher(broker).run(reading(trap, number) for trap in range(1, TRAPS + 1))
            expected = (number + 1) * TRAPS
            wait_until(
                lambda want=expected: query(url, "SELECT count(*) FROM reading") == [(want,)],
                f"minute {number}",
            )
        wait_until(
            lambda: all(p.metrics()["trapwatch_messages_in_flight"] == 0 for p in processes),
            "the ledgers",
        )
        shares = [p.metrics()['trapwatch_messages_total{outcome="stored"}'] for p in processes]
    assert sum(shares) == ROUNDS * TRAPS
    assert min(shares) > 0, "every worker had its share"
    return {name: query(url, text) for name, text in STATE.items()}


def test_two_and_four_workers_come_to_the_same_state_as_one(
    make_county: Callable[[], str], broker: EmbeddedBroker, tmp_path: Path
) -> None:
    states = []
    for workers in (1, 2, 4):
        url = make_county()
        states.append(play(url, broker, tmp_path, workers))
        for number in range(workers):
            broker.mosquitto_sub("-i", f"worker-{number}", "-t", "x", "-E")  # ends the session
    alone, two, four = states
    assert two == alone
    assert four == alone
    assert len([row for row in alone["alerts"] if row[0].startswith("R02")]) == TRAPS // 3


def test_overlapping_batches_of_four_workers_never_deadlock_and_lose_nothing(
    county: str, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """Every message holds all traps, in another order, and many arrive twice."""
    rng = random.Random(4)
    messages: list[tuple[bytes, bytes]] = []
    for number in range(300):
        traps = rng.sample(range(1, TRAPS + 1), TRAPS)
        items = [json.loads(reading(trap, number)[1]) for trap in traps]
        message = (b"trapwatch/v1/gw-1/up", json.dumps({"readings": items}).encode())
        messages += [message] * rng.choice([1, 1, 2])
    rng.shuffle(messages)
    with ExitStack() as stack:
        processes = [worker(county, broker, tmp_path, n, stack) for n in range(4)]
        publisher(broker).run(messages)

        def settled() -> bool:
            total = 0.0
            for process in processes:
                metrics = process.metrics()
                total += metrics['trapwatch_messages_total{outcome="stored"}']
                total += metrics['trapwatch_messages_total{outcome="duplicate"}']
            return total == len(messages)

        wait_until(settled, "every message to be stored or recognised")
        assert [p.metrics()["trapwatch_batch_retries_total"] for p in processes] == [0] * 4
    assert query(county, "SELECT count(*) FROM reading") == [(300 * TRAPS,)]
    assert query(county, "SELECT sum(reading_count) FROM reading_hourly") == [(300 * TRAPS,)]
    assert query(county, "SELECT count(*) FROM reading_conflict") == [(0,)]
    last = START_MS + 299 * 60_000
    assert query(
        county, "SELECT DISTINCT (extract(epoch FROM measured_at) * 1000)::bigint FROM series_state"
    ) == [(last,)]


def drain(url: str, broker: EmbeddedBroker, client_id: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "trapwatch", "ingest", "--drain"],
        env={
            **os.environ,
            "TRAPWATCH_DATABASE__URL": url,
            "TRAPWATCH_MQTT__URL": broker.url,
            "TRAPWATCH_MQTT__CLIENT_ID": client_id,
            "TRAPWATCH_MQTT__SHARE_GROUP": "ingest",
            "TRAPWATCH_INGEST__BACKFILL_DAYS_MAX": "3650",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_session_of_a_dead_worker_is_taken_over_and_leaves_no_queue_behind(
    county: str, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """The broker deals out to dead members too (mosquitto #2662); --drain fetches their share."""
    with ExitStack() as stack:
        dead, alive = (worker(county, broker, tmp_path, n, stack) for n in range(2))
        dead.kill()
        publisher(broker).run(reading(trap, n) for n in range(100) for trap in range(1, 11))
        wait_until(
            lambda: query(county, "SELECT count(*) FROM reading") == [(500,)], "the living's share"
        )
        done = drain(county, broker, "worker-0")
        assert done.returncode == 2, "it was alive a moment ago, says the database"
        query_seen_long_ago(county, "worker-0")
        done = drain(county, broker, "worker-0")
        assert (done.returncode, done.stdout) == (0, "worker-0: 500 messages drained\n"), (
            done.stderr
        )
        assert query(county, "SELECT count(*) FROM reading") == [(1_000,)]
        publisher(broker).run(reading(trap, n) for n in range(100, 200) for trap in range(1, 11))
        wait_until(
            lambda: query(county, "SELECT count(*) FROM reading") == [(2_000,)],
            "the other worker to get everything",
        )
        assert alive.metrics()["trapwatch_messages_in_flight"] == 0
    assert drain(county, broker, "worker-0").stdout == "worker-0: 0 messages drained\n"
    assert query(county, "SELECT client_id FROM ingest_worker") == [("worker-1",)]


def query_seen_long_ago(url: str, client_id: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE ingest_worker SET seen_at = seen_at - INTERVAL '1 hour' WHERE client_id = %s",
            (client_id,),
        )


def test_a_drain_that_cannot_finish_keeps_session_and_queue(
    county: str, broker: EmbeddedBroker, private_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        stopped = worker(county, broker, tmp_path, 0, stack)
        assert stopped.stop() == 0
    publisher(broker).run(reading(1, n) for n in range(50))
    away = private_postgres.ensure_database("away")
    migrate(away)
    private_postgres.stop()
    process = Process(
        ["ingest", "--drain"],
        {
            "TRAPWATCH_DATABASE__URL": away,
            "TRAPWATCH_MQTT__URL": broker.url,
            "TRAPWATCH_MQTT__CLIENT_ID": "worker-0",
            "TRAPWATCH_MQTT__SHARE_GROUP": "ingest",
        },
        free_port(),
        tmp_path / "drain.log",
    )
    process.start()
    assert process.running is not None
    assert process.running.wait(timeout=30) == 1
    assert "database away" in process.log.read_text("utf-8")
    assert drain(county, broker, "worker-0").stdout == "worker-0: 50 messages drained\n"
