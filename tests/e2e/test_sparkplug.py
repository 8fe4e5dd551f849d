"""A Sparkplug edge node on the real broker: born, missed, asked again, dead."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.codecs.sparkplug_payload import REBIRTH, parse
from simulators.encoders.sparkplug import (
    SparkplugMetric,
    sparkplug_nbirth,
    sparkplug_ndeath,
    sparkplug_payload,
)
from tests.processes import Process, ingest_process, wait_until
from trapwatch.stack.broker import EmbeddedBroker

#: 2026-01-05 09:00 in Shanghai.
AT_US = 1_767_574_800_000_000
LEVEL = SparkplugMetric("trap/level_mm", "Double", 600.0, alias=1)


@pytest.fixture
def ingest(database_url: str, broker: EmbeddedBroker, tmp_path: Path) -> Iterator[Process]:
    with ingest_process(
        database_url, broker.url, tmp_path / "ingest.log",
        TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650",
    ) as process:  # fmt: skip
        yield process


def rows(url: str, text: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(text.encode()).fetchall()


def send(broker: EmbeddedBroker, topic: str, message: bytes) -> None:
    broker.mosquitto_pub("-t", f"spBv1.0/plant/{topic}", "-s", stdin=message)


def data(broker: EmbeddedBroker, seq: int, value: float) -> None:
    by_alias = LEVEL._replace(name="", value=value, states_datatype=False)
    message = sparkplug_payload([by_alias], at_us=AT_US + seq * 1_000_000, seq=seq)
    send(broker, "DDATA/edge-1/trap-7", message)


def test_an_edge_nodes_life(database_url: str, broker: EmbeddedBroker, ingest: Process) -> None:
    send(broker, "NBIRTH/edge-1", sparkplug_nbirth([], at_us=AT_US, bd_seq=3))
    send(broker, "DBIRTH/edge-1/trap-7", sparkplug_payload([LEVEL], at_us=AT_US, seq=1))
    data(broker, 2, 602.0)
    values = "SELECT value FROM reading ORDER BY measured_at"
    wait_until(lambda: rows(database_url, values) == [(600.0,), (602.0,)], "birth and data")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(
            broker.mosquitto_sub, "-t", "spBv1.0/plant/NCMD/edge-1", "-C", "1", "-N"
        )
        subscribed = "$SYS/broker/subscriptions/count"
        wait_until(lambda: int(broker.mosquitto_sub("-t", subscribed, "-C", "1")) > 0, "the broker")

        def is_asked() -> bool:
            number = next(numbers)
            data(broker, number, 600.0 + number)  # always one ahead of what is expected
            return asked.done()

        numbers = iter(range(4, 250, 2))
        wait_until(is_asked, "the rebirth request")
        assert parse(asked.result()).tags[0].name == REBIRTH
    refused = "SELECT DISTINCT reason, codec, gateway_uid FROM rejected_message"
    wait_until(
        lambda: rows(database_url, refused) == [("decode_error", "sparkplug", "plant/edge-1")],
        "what could not be believed",
    )
    assert len(rows(database_url, values)) == 2
    send(broker, "NDEATH/edge-1", sparkplug_ndeath(2))
    send(broker, "NDEATH/edge-1", sparkplug_ndeath(3))
    gateways = "SELECT uid, online FROM gateway"
    wait_until(lambda: rows(database_url, gateways) == [("plant/edge-1", False)], "the death")
    assert ingest.is_ready()
