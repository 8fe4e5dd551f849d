"""Cases ``e2e``, ``e2e_batched``, ``latency``: real broker, worker process, database; rules on.

Publish times are the readings' own stamps (same machine), commit times are PostgreSQL's commit
timestamps, so a delay is exactly publish -> durable.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime
from time import monotonic

import numpy as np
import psycopg
from pydantic import SecretStr

from bench import publishing, worker
from bench.fixture import QUERIES, county
from bench.record import Record, cpu_s, measured, rss_mb
from core.clock import SystemClock
from core.instant import to_us
from core.log import configure_logging
from core.settings import IngestSettings, MqttSettings
from ingest.ledger import Ledger
from ingest.subscriber import Subscriber
from ingest.topics import Topics
from ingest.window import Window
from simulators.receiver import WebhookReceiver

_DEVICES = 5_000
_SECRET = "whsec_" + "YmVuY2htYXJrLXNlY3JldC1vZi0zMi1ieXRlcy1sb25n"


def run_e2e(
    server_url: str, mqtt_url: str, rate_per_s: float = 18_000, duration_s: float = 120.0
) -> Iterator[Record]:
    """Yield the record of a paced run of single-reading messages.

    ``keeps_up`` says whether no reading waited longer than a second for its commit.
    """
    yield _paced(
        "e2e", server_url, mqtt_url,
        rate_per_s=rate_per_s, duration_s=duration_s, readings_each=1,
    )  # fmt: skip


def run_e2e_batched(
    server_url: str, mqtt_url: str, rate_per_s: float = 1_250, duration_s: float = 60.0
) -> Iterator[Record]:
    """Yield the record of a paced run of messages with 50 readings of 50 devices each."""
    yield _paced(
        "e2e_batched", server_url, mqtt_url,
        rate_per_s=rate_per_s, duration_s=duration_s, readings_each=50,
    )  # fmt: skip


def _paced(
    case: str,
    server_url: str,
    mqtt_url: str,
    *,
    rate_per_s: float,
    duration_s: float,
    readings_each: int,
) -> Record:
    messages = round(rate_per_s * duration_s)
    count = messages * readings_each
    with (
        county(server_url, _DEVICES) as url,
        psycopg.connect(url, autocommit=True) as connection,
        worker.process("ingest", url, {"TRAPWATCH_MQTT__URL": mqtt_url}) as ingest,
    ):
        worker.wait_listening(connection)
        before_s = cpu_s(ingest.pid)
        load = publishing.start(
            mqtt_url, count=messages, rate_per_s=rate_per_s, devices=_DEVICES,
            readings_each=readings_each,
        )  # fmt: skip
        memory = _watch_memory(ingest.pid, load)
        report = json.loads(load.stdout.read()) if load.stdout else {}
        stored = worker.wait_for(connection, "count_readings", count)
        spent_s = {part: after - before_s[part] for part, after in cpu_s(ingest.pid).items()}
        delay_ms = _column(connection, "commit_delays", 0)
        span_s = float(_column(connection, "commit_span_s", 0)[0])
        rejected = int(_column(connection, "count_rejected", 0)[0])
    rate = stored / span_s
    null_rate = null_subscriber_rate(mqtt_url)
    parameters = {"rate_per_s": rate_per_s, "duration_s": duration_s, "devices": _DEVICES}
    return measured(
        case,
        parameters | {"readings_each": readings_each},
        rate=rate,
        unit="readings/s",
        samples_ms=delay_ms.tolist(),
        memory_mb=memory[-1],
        extra={
            "published": report.get("acked"),
            "stored": stored,
            "rejected": rejected,
            "delay": "publish to commit",
            "max_ms": float(delay_ms.max()),
            "keeps_up": bool(stored == count and delay_ms.max() < 1_000),
            "rss_growth_ratio": memory[-1] / memory[len(memory) // 5] - 1 if memory else None,
            "cpu_us_main_thread": 1e6 * spent_s["main"] / count,
            "cpu_us_network_thread": 1e6 * spent_s["others"] / count,
            "null_subscriber_rate": null_rate,
            "share_of_null_subscriber": rate / readings_each / null_rate,
        },
    )


def run_latency(
    server_url: str, mqtt_url: str, rate_per_s: float = 200, duration_s: float = 30.0
) -> Iterator[Record]:
    """Yield publish -> committed, and publish -> webhook received where each message fires.

    R02 is set to fire on one reading, and every message comes from another trap, so each is one
    episode, one ticket and two webhooks (alert.fired, ticket.created).
    """
    count = round(rate_per_s * duration_s)
    with (
        WebhookReceiver(_SECRET) as receiver,
        county(server_url, count) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        now = SystemClock().now()
        connection.execute(QUERIES["fire_at_once"], {"now": now})
        connection.execute(
            QUERIES["create_endpoint"], {"url": receiver.url, "secret": _SECRET, "now": now}
        )
        with (
            worker.process("ingest", url, {"TRAPWATCH_MQTT__URL": mqtt_url}),
            worker.process(
                "alerts",
                url,
                {
                    "TRAPWATCH_MQTT__URL": mqtt_url,
                    "TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE": "127.0.0.0/8",
                },
            ),
        ):
            worker.wait_listening(connection)
            load = publishing.start(
                mqtt_url, count=count, rate_per_s=rate_per_s, devices=count, high_every=1
            )
            load.wait()
            worker.wait_for(connection, "count_delivered", count)
        commit_ms = _column(connection, "commit_delays", 0)
    arrived_ms = [
        (delivery.received_at_us - _fired_us(body)) / 1_000
        for delivery in receiver.deliveries
        if (body := json.loads(delivery.body))["type"] == "alert.fired"
    ]
    parameters = {"rate_per_s": rate_per_s, "duration_s": duration_s, "traps": count}
    for name, samples in (
        ("publish to commit", commit_ms.tolist()),
        ("publish to webhook", arrived_ms),
    ):
        yield measured(
            "latency",
            parameters,
            rate=len(samples) / duration_s,
            unit="events/s",
            samples_ms=samples,
            extra={"delay": name, "events": len(samples), "max_ms": max(samples)},
        )


def null_subscriber_rate(mqtt_url: str, count: int = 60_000) -> float:
    """Return messages/s of our MQTT client alone: received and acknowledged, nothing else."""
    configure_logging("error", json=True)
    ledger = Ledger()
    subscriber = Subscriber(
        MqttSettings(url=SecretStr(mqtt_url), client_id="bench-null", share_group=""),
        filters=Topics(IngestSettings().topics).subscriptions(""),
        ledger=ledger,
        clock=SystemClock(),
        random_ratio=lambda: 0.5,
        window=Window(40_000, 268_435_456),
    )
    subscriber.start()
    load: subprocess.Popen[bytes] | None = None
    first_s = 0.0
    try:
        seen = 0
        while seen < count:
            if load is None and subscriber.is_listening():
                load = publishing.start(mqtt_url, count=count, rate_per_s=None, devices=_DEVICES)
            if load is None:
                subscriber.wait_listening(0.1)
                continue
            batch = [subscriber.queue.get(timeout=30)]
            first_s = first_s or monotonic()
            while not subscriber.queue.empty():
                batch.append(subscriber.queue.get())
            subscriber.settle(batch)
            seen += len(batch)
        return count / (monotonic() - first_s)
    finally:
        subscriber.stop()
        if load is not None:
            load.wait()


def _watch_memory(pid: int, load: "subprocess.Popen[bytes]") -> list[float]:
    samples = []
    while True:
        samples.append(rss_mb(pid))
        try:
            load.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            continue
        return samples


def _column(
    connection: "psycopg.Connection[tuple[object, ...]]", query: str, column: int
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    rows = connection.execute(QUERIES[query]).fetchall()
    return np.array([float(str(row[column])) for row in rows])


def _fired_us(body: dict[str, dict[str, str]]) -> int:
    return to_us(datetime.fromisoformat(body["data"]["fired_at"]))
