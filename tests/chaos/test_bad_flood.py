"""Nothing but rubbish at full rate: the worker stays healthy, the disk does not fill."""

import json
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from bench.record import rss_mb
from simulators.load import RawPublisher
from tests.chaos.conftest import Say
from tests.processes import Process, ingest_process, wait_until
from trapwatch.stack.broker import EmbeddedBroker

#: What the worker is built for; more than it can take would only fill the broker's queue.
RATE_PER_S = 18_000
QUOTA = 1_000
GATEWAYS = 20
RUBBISH = (
    (b"trapwatch/v1/bad-%d/up", b'{"device":1}'),
    (b"trapwatch/v1/bad-%d/up", b"\x00\xff\xfe"),
    (b"trapwatch/v1/bad-%d/up/cbor", b"\xbf\x61"),
    (b"trapwatch/v1/bad-%d/up/senml", b'[{"n":" ","v":1}]'),
    (b"trapwatch/v1/bad-%d/up/hj212", b"##0003abcFFFF\r\n"),
    (b"trapwatch/v1/bad-%d/status", b"online"),
)
OVERSIZED = (b"trapwatch/v1/bad-0/up", b"x" * 300_000)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def flood(broker: EmbeddedBroker, duration_s: float) -> int:
    """Publish rubbish at full rate; return how much was acknowledged."""
    address = urlsplit(broker.url)
    publisher = RawPublisher(str(address.hostname), int(address.port or 0), "flood")
    end_s = monotonic() + duration_s

    def messages() -> Any:
        number = 0
        while monotonic() < end_s:
            topic, payload = RUBBISH[number % len(RUBBISH)]
            yield OVERSIZED if number % 20_000 == 0 else (topic % (number % GATEWAYS), payload)
            number += 1

    return publisher.run(messages(), rate_per_s=RATE_PER_S, window=10_000).acked


def settled(ingest: Process, expected: int) -> bool:
    metrics = ingest.metrics()
    return (
        metrics['trapwatch_messages_total{outcome="received"}'] >= expected
        and not (metrics["trapwatch_messages_in_flight"])
    )


@pytest.mark.parametrize(
    "duration_s",
    [4.0, pytest.param(300.0, marks=pytest.mark.soak, id="long")],
)
def test_nothing_but_rubbish_leaves_the_worker_healthy(
    database_url: str, broker: EmbeddedBroker, tmp_path: Path, say: Say, duration_s: float
) -> None:
    with ingest_process(
        database_url, broker.url, tmp_path / "ingest.log",
        TRAPWATCH_INGEST__REJECTED_PER_GATEWAY_MAX=str(QUOTA),
        TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650",
    ) as ingest:  # fmt: skip
        assert ingest.running is not None
        total = flood(broker, duration_s / 5)
        wait_until(lambda: settled(ingest, total), "the first fifth", patience_s=300)
        early_mb = rss_mb(ingest.running.pid)
        began_s = monotonic()
        total += flood(broker, duration_s * 4 / 5)
        wait_until(lambda: settled(ingest, total), "the rest", patience_s=300)
        seconds = monotonic() - began_s
        late_mb = rss_mb(ingest.running.pid)
        metrics = ingest.metrics()
        assert metrics['trapwatch_messages_total{outcome="received"}'] == total
        assert sum(v for k, v in metrics.items() if "messages_rejected_total" in k) == total
        assert ingest.is_ready()
        ((kept,),) = rows(database_url, "SELECT count(*) FROM rejected_message")
        ((counted,),) = rows(
            database_url, "SELECT coalesce(sum(message_count), 0) FROM rejected_overflow"
        )
        hours = 1 + len(rows(database_url, "SELECT DISTINCT hour FROM rejected_overflow"))
        assert kept + counted == total
        assert kept <= QUOTA * GATEWAYS * hours
        assert late_mb < early_mb * 1.1 + 5
        good = {"device": "d", "metric": "level_mm", "value": 1, "measured_at": 1767574800000}
        address = urlsplit(broker.url)
        RawPublisher(str(address.hostname), int(address.port or 0), "good").run(
            [(b"trapwatch/v1/good/up", json.dumps(good).encode())]
        )
        wait_until(
            lambda: rows(database_url, "SELECT value FROM reading") == [(1.0,)],
            "a good reading", patience_s=5,
        )  # fmt: skip
    say(
        {
            "case": "bad_flood", "seconds": round(duration_s), "messages": total,
            "rate_per_s": round(total * 0.8 / seconds), "kept": kept, "counted": int(counted),
            "rss_early_mb": round(early_mb, 1), "rss_late_mb": round(late_mb, 1),
        }
    )  # fmt: skip
