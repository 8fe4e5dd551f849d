"""Cases ``batch`` and ``rules``: one transaction by batch size, and the rules' share of it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import perf_counter

from alerts.engine import Engine
from alerts.gate import NOTIFY_AGE_US
from bench.fixture import county
from bench.record import Record, measured, repeat
from core.clock import SystemClock
from core.db import Connection, connect
from core.instant import DAY_US, SECOND_US
from core.reading import Metric, Reading
from core.reading_batch import ReadingBatch
from core.settings import IngestSettings
from ingest.decoding import DecodedMessage
from ingest.delivery import Delivery
from ingest.directory import Directory
from ingest.pipeline import Pipeline

_DEVICES = 5_000
_INTERVAL_US = 300 * SECOND_US


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


def run_rules_share(
    server_url: str, duration_s: float = 30.0, size: int = 2_000
) -> Iterator[Record]:
    """Yield what storing costs with and without judging, in turns; 1 % of the traps are high."""
    with county(server_url, _DEVICES) as url, connect(url, "bench", autocommit=True) as connection:
        engine = Engine(NOTIFY_AGE_US)
        directory = Directory(500, engine.refresh_device)
        directory.load(connection)
        pipeline = Pipeline(IngestSettings(), directory, engine)
        make = _message_maker(size, high_every=100)
        samples: dict[bool, list[float]] = {True: [], False: []}
        _process(pipeline, connection, make)
        end = perf_counter() + duration_s
        while perf_counter() < end:
            for evaluate in (True, False, False, True):
                start = perf_counter()
                _process(pipeline, connection, make, evaluate=evaluate)
                samples[evaluate].append((perf_counter() - start) * 1_000)
        rates = {on: size * len(own) / (sum(own) / 1_000) for on, own in samples.items()}
        for on, own in samples.items():
            parameters = {"rules": "on" if on else "off", "batch_count": size, "high": "1 %"}
            extra = {"rate_ratio": rates[on] / rates[False]}
            yield measured(
                "rules_share", parameters, rate=rates[on], unit="readings/s", samples_ms=own,
                extra=extra,
            )  # fmt: skip


def _process(
    pipeline: Pipeline,
    connection: Connection,
    make: Callable[[], list[DecodedMessage]],
    *,
    evaluate: bool = True,
) -> None:
    pipeline.process(connection, make(), SystemClock().now_us(), evaluate=evaluate)


def _message_maker(size: int, high_every: int = 0) -> Callable[[], list[DecodedMessage]]:
    """Return what makes the next batch; one device in ``high_every`` is high (0: none).

    Devices report in turn, every five minutes of event time, beginning six days ago.
    """
    clock = SystemClock()
    first_us = clock.now_us() - 6 * DAY_US
    tick = 0

    def make() -> list[DecodedMessage]:
        nonlocal tick
        now_us = clock.now_us()
        messages = []
        for _ in range(size):
            tick += 1
            uid = f"bench-{tick % _DEVICES + 1}"
            is_high = high_every and (tick % _DEVICES) % high_every == 0
            level_mm = (750.0 if is_high else 612.0) + tick % 7
            measured_us = first_us + tick // _DEVICES * _INTERVAL_US + tick % _DEVICES
            reading = Reading(uid, Metric.LEVEL_MM, level_mm, measured_us)
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
