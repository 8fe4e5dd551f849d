"""Cases ``batch`` and ``rules``: one transaction by batch size, and the rules' share of it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from alerts.engine import Engine
from alerts.gate import NOTIFY_AGE_US
from bench.fixture import county
from bench.record import Record, measured, repeat
from core.clock import SystemClock
from core.db import Connection, connect
from core.reading import Metric, Reading
from core.reading_batch import ReadingBatch
from core.settings import IngestSettings
from ingest.decoding import DecodedMessage
from ingest.delivery import Delivery
from ingest.directory import Directory
from ingest.pipeline import Pipeline

_DEVICES = 5_000


def run_batch(
    server_url: str, duration_s: float = 4.0, sizes: Sequence[int] = (100, 1_000, 2_000, 4_000)
) -> Iterator[Record]:
    """Yield one record a batch size: readings in, COMMIT with fsync out, idle traps."""
    with county(server_url, _DEVICES) as url, connect(url, "bench", autocommit=True) as connection:
        engine = Engine(NOTIFY_AGE_US)
        directory = Directory(500, engine.refresh_device)
        directory.load(connection)
        pipeline = Pipeline(IngestSettings(), directory, engine)
        for size in sizes:
            make = _message_maker(size)
            samples = repeat(partial(_process, pipeline, connection, make), duration_s)
            rate = size * len(samples) / (sum(samples) / 1_000)
            parameters = {"batch_count": size, "devices": _DEVICES}
            yield measured("batch", parameters, rate=rate, unit="readings/s", samples_ms=samples)


def run_rules(server_url: str, duration_s: float = 4.0, size: int = 2_000) -> Iterator[Record]:
    """Yield the engine's own cost on idle traps, and on traps above the alert limit."""
    with county(server_url, _DEVICES) as url, connect(url, "bench", autocommit=True) as connection:
        engine = Engine(NOTIFY_AGE_US)
        directory = Directory(500, engine.refresh_device)
        directory.load(connection)
        with connection.transaction():
            engine.load(connection, directory.registry)
        for name, high_share in (("idle", 0.0), ("1 % high", 0.01)):
            rows = _rows(directory, size, high_share)
            work = partial(_evaluate, connection, engine, rows)
            samples = repeat(work, duration_s)
            rate = size * len(samples) / (sum(samples) / 1_000)
            parameters = {"traps": name, "batch_count": size}
            yield measured("rules", parameters, rate=rate, unit="readings/s", samples_ms=samples)


def _process(
    pipeline: Pipeline, connection: Connection, make: Callable[[], list[DecodedMessage]]
) -> None:
    pipeline.process(connection, make(), SystemClock().now_us())


def _message_maker(size: int) -> Callable[[], list[DecodedMessage]]:
    clock = SystemClock()
    tick = 0

    def make() -> list[DecodedMessage]:
        nonlocal tick
        now_us = clock.now_us()
        messages = []
        for _ in range(size):
            tick += 1
            uid = f"bench-{tick % _DEVICES + 1}"
            reading = Reading(uid, Metric.LEVEL_MM, 612.0 + tick % 7, now_us + tick % 1_000)
            delivery = Delivery("t", b"", 1, 1, False, False, now_us, 1)
            messages.append(DecodedMessage(delivery, None, "native", [reading]))
        return messages

    return make


def _rows(directory: Directory, size: int, high_share: float) -> list[tuple[int, float]]:
    """Return (device_id, level_mm); the first share of devices is 150 mm above the outlet."""
    device_ids = sorted(device.device_id for device in directory.registry)[:size]
    high_count = int(size * high_share)
    return [(d, 750.0 if n < high_count else 612.0) for n, d in enumerate(device_ids)]


def _evaluate(connection: Connection, engine: Engine, rows: list[tuple[int, float]]) -> None:
    now_us = SystemClock().now_us()
    batch = ReadingBatch.from_rows(
        [(device_id, int(Metric.LEVEL_MM), now_us, level, 0, now_us) for device_id, level in rows]
    )
    with connection.transaction():
        engine.evaluate_batch(connection, batch, now_us)
