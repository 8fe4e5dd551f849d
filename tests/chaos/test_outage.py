"""A long outage of the database with a restart of the broker: nothing lost, then caught up."""

import json
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from bench.record import rss_mb
from migrations.runner import migrate
from simulators.load import RawPublisher
from tests.chaos.conftest import Say
from tests.processes import ingest_process, wait_until
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.postgres import EmbeddedPostgres

#: 2026-01-05 09:00 in Shanghai, in milliseconds.
START_MS = 1_767_574_800_000
DEVICES = 1_000


def reading(number: int) -> tuple[bytes, bytes]:
    payload = {
        "device": f"dev-{number % DEVICES}",
        "metric": "level_mm",
        "value": 600 + number % 50,
        "measured_at": START_MS + number,
    }
    return b"trapwatch/v1/gw-%d/up" % (number % 10), json.dumps(payload).encode()


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM reading").fetchone()
    return int(row[0]) if row else 0


def messages(end_s: float, sent: list[int]) -> Any:
    while monotonic() < end_s:
        sent[0] += 1
        yield reading(sent[0])


@pytest.mark.parametrize(
    ("duration_s", "rate_per_s"),
    [(6.0, 2_000.0), pytest.param(600.0, 1_000.0, marks=pytest.mark.soak, id="long")],
)
def test_an_outage_of_the_database_with_a_restart_of_the_broker_loses_nothing(
    private_postgres: EmbeddedPostgres,
    broker: EmbeddedBroker,
    tmp_path: Path,
    say: Say,
    *,
    duration_s: float,
    rate_per_s: float,
) -> None:
    url = private_postgres.ensure_database("trapwatch")
    migrate(url)
    address = urlsplit(broker.url)
    publisher = RawPublisher(str(address.hostname), int(address.port or 0), "gateway")
    with ingest_process(
        url, broker.url, tmp_path / "ingest.log",
        TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650",
        TRAPWATCH_INGEST__UNCLAIMED_PER_GATEWAY_MAX="1000",
    ) as ingest:  # fmt: skip
        assert ingest.running is not None
        publisher.run(reading(number) for number in range(-2_000, 1))
        wait_until(lambda: count(url) == 2_001, "the devices to be known")
        before_mb = rss_mb(ingest.running.pid)
        private_postgres.stop()
        sent, acked = [0], [0]
        end_s = monotonic() + duration_s
        gateways = Thread(
            target=lambda: acked.__setitem__(
                0, publisher.run(messages(end_s, sent), rate_per_s=rate_per_s, window=5_000).acked
            )
        )
        gateways.start()
        wait_until(lambda: "database" in " ".join(ingest.problems()), "readiness to say why")
        Event().wait(duration_s / 2)  # half of the outage is the thing under test, not a delay
        broker.stop()
        broker.start()
        peak_mb = before_mb
        while gateways.is_alive():
            gateways.join(timeout=1.0)
            peak_mb = max(peak_mb, rss_mb(ingest.running.pid))
        assert "database" in " ".join(ingest.problems())
        assert acked[0] == sent[0]
        private_postgres.start()
        back_s = monotonic()
        expected = 2_001 + sent[0]
        wait_until(lambda: count(url) == expected, "everything to be stored", patience_s=300)
        seconds = monotonic() - back_s
        wait_until(ingest.is_ready, "readiness to turn green")
        peak_mb = max(peak_mb, rss_mb(ingest.running.pid))
        metrics = ingest.metrics()
    with psycopg.connect(url) as connection:
        conflicts = connection.execute("SELECT count(*) FROM reading_conflict").fetchone()
        rejected = connection.execute("SELECT count(*) FROM rejected_message").fetchone()
    assert (conflicts, rejected) == ((0,), (0,))
    say(
        {
            "case": "database_outage", "seconds": duration_s, "messages": sent[0],
            "duplicates": metrics['trapwatch_messages_total{outcome="duplicate"}'],
            "caught_up_s": round(seconds, 1), "caught_up_per_s": round(sent[0] / seconds),
            "rss_before_mb": round(before_mb, 1), "rss_peak_mb": round(peak_mb, 1),
        }
    )  # fmt: skip
