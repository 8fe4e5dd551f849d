"""A small register in a real database, and a pipeline on top of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from alerts.engine import Engine
from alerts.seed import seed_rules
from core.backoff import Backoff
from core.clock import ManualClock
from core.db import Connection, connect
from core.instant import SECOND_US, from_us
from core.reading import Metric, Quality, Reading
from core.settings import IngestSettings
from ingest.decoding import DecodedMessage, Message
from ingest.delivery import Delivery
from ingest.directory import Directory
from ingest.ledger import Ledger
from ingest.pipeline import Pipeline
from ingest.writer import Writer

#: 2026-01-05 09:00 in Shanghai.
NOW_US = 1_767_574_800_000_000

REGISTER = Path(__file__).with_name("register.sql").read_bytes()


@dataclass
class Ingest:
    """The writer side of a worker on a real database, with a clock that tests move."""

    url: str
    connection: Connection
    clock: ManualClock
    engine: Engine
    settings: IngestSettings = field(default_factory=IngestSettings)
    ledger: Ledger = field(default_factory=Ledger)
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        directory = Directory(self.settings.unclaimed_per_gateway_max, self.engine.refresh_device)
        self.writer = Writer(
            self.url,
            directory=directory,
            pipeline=Pipeline(self.settings, directory, self.engine),
            ledger=self.ledger,
            clock=self.clock,
            backoff=Backoff(0.05, lambda: 0.0, delay_s_first=0.01),
            stop=self.stop,
        )

    def settle(self, *messages: Message) -> dict[str, int]:
        """Commit one batch; return the ledger."""
        self.ledger.count_received(len(messages))
        self.writer.settle(messages)
        return self.ledger.snapshot()

    def restart(self) -> None:
        """Throw the worker away and make a new one, as a process that was killed would be."""
        self.writer.close()
        self.engine = Engine(900 * SECOND_US)
        self.__post_init__()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds, outside any transaction."""
        return self.connection.execute(query.encode()).fetchall()


MakeMessage = Callable[..., DecodedMessage]


@pytest.fixture
def message() -> MakeMessage:
    """A message of (uid, seconds since NOW, value) readings of one metric."""

    def make(
        *readings: tuple[str, float, float],
        metric: Metric = Metric.LEVEL_MM,
        quality: Quality = Quality.GOOD,
        received_s: float = 0.0,
        retain: bool = False,
        dup: bool = False,
        gateway_uid: str | None = "gw-1",
    ) -> DecodedMessage:
        decoded: Sequence[Reading] = [
            Reading(uid, metric, value, NOW_US + round(at_s * SECOND_US), quality)
            for uid, at_s, value in readings
        ]
        received_at_us = NOW_US + round(received_s * SECOND_US)
        delivery = Delivery(
            "trapwatch/v1/gw-1/up", b"{}", 1, 1, retain, dup, received_at_us, session=1
        )
        return DecodedMessage(delivery, gateway_uid, "native", decoded)

    return make


@pytest.fixture
def ingest(database_url: str) -> Iterator[Ingest]:
    with connect(database_url, "test", autocommit=True) as connection:
        connection.execute(REGISTER)
        seed_rules(connection, from_us(NOW_US))
        worker = Ingest(database_url, connection, ManualClock(NOW_US), Engine(900 * SECOND_US))
        yield worker
        worker.writer.close()


@pytest.fixture
def register(database_url: str) -> Iterator[Connection]:
    """A connection to the small register."""
    with connect(database_url, "test", autocommit=True) as connection:
        connection.execute(REGISTER)
        yield connection
