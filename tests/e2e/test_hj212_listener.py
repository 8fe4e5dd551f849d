"""HJ 212 stations over real TCP, from the socket to the database and back."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from core.reading import Metric, Reading
from simulators.encoders import hj212
from tests.processes import ingest_process, wait_until
from trapwatch.stack.broker import EmbeddedBroker

MN = "010000A8900016F000169DC0"
#: 2026-01-15 12:15:00 in Beijing.
AT_US = 1_768_450_500_000_000


@contextmanager
def listener(broker: EmbeddedBroker, log: Path) -> "Iterator[tuple[str, int]]":
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "trapwatch", "hj212",
                "--listen", "127.0.0.1:0", "--gateway", "gw-212",
            ],
            env={**os.environ, "TRAPWATCH_MQTT__URL": broker.url},
            stdout=subprocess.PIPE, stderr=output,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("listening at "), log.read_text("utf-8")
        host, _, port = line.split()[-1].rpartition(":")
        yield host, int(port)
        process.terminate()
        assert process.wait(timeout=20) == 0, log.read_text("utf-8")
    finally:
        process.kill()
        process.communicate()


def upload(number: int) -> bytes:
    at_us = AT_US + number * 30_000_000
    return hj212.realtime(MN, at_us, [Reading(MN, Metric.FLOW_LPS, 0.4 + number, at_us)])


def answer(station: socket.socket) -> bytes:
    """Return one frame; the end of the stream is empty."""
    received = b""
    while not received.endswith(b"\r\n"):
        part = station.recv(4_096)
        if not part:
            break
        received += part
    return received


def stored(url: str) -> list[float]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT value FROM reading ORDER BY measured_at").fetchall()
    return [row[0] for row in rows]


def test_a_stations_frames_are_stored_and_answered(
    database_url: str, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with (
        ingest_process(
            database_url, broker.url, tmp_path / "ingest.log",
            TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650",
        ),
        listener(broker, tmp_path / "hj212.log") as address,
    ):  # fmt: skip
        wait_until(lambda: answered(address, upload(0)), "the listener's own connection")
        with socket.create_connection(address, timeout=20) as station:
            first = upload(1)
            station.sendall(b"garbage" + first[:20])
            station.sendall(first[20:] + b"\x00\xff##12")
            assert b"CN=9014" in answer(station)
            broken = upload(2).replace(b"w00000-Rtd=2.4", b"w00000-Rtd=2.5")
            station.sendall(broken + upload(3))
            assert f"QN={'20260115121630000'}".encode() in answer(station), "only the good one"
            station.sendall(hj212.heartbeat(MN, AT_US))
            assert b"CN=9013" in answer(station)
        wait_until(lambda: stored(database_url) == [0.4, 1.4, 3.4], "the readings")
        with psycopg.connect(database_url) as connection:
            rows = connection.execute("SELECT reason, gateway_uid, payload FROM rejected_message")
            assert rows.fetchall() == [("decode_error", "gw-212", broken)]
            presence = connection.execute("SELECT online FROM device_presence").fetchall()
        assert presence == [(True,)]


def answered(address: tuple[str, int], frame: bytes) -> bool:
    with socket.create_connection(address, timeout=20) as station:
        station.sendall(frame)
        station.settimeout(0.5)
        try:
            return b"CN=9014" in answer(station)
        except TimeoutError:
            return False


def test_no_answer_while_the_broker_is_away(broker: EmbeddedBroker, tmp_path: Path) -> None:
    with listener(broker, tmp_path / "hj212.log") as address:
        wait_until(lambda: answered(address, upload(0)), "the first answer")
        broker.stop()
        assert not answered(address, upload(1))
        broker.start()
        wait_until(lambda: answered(address, upload(1)), "the answer to the repetition")


def test_an_address_that_cannot_be_had_is_named(broker: EmbeddedBroker) -> None:
    for listen, reason in (("nonsense", "host:port"), ("203.0.113.1:99", "203.0.113.1:99")):
        done = subprocess.run(
            [sys.executable, "-m", "trapwatch", "hj212", "--listen", listen],
            env={**os.environ, "TRAPWATCH_MQTT__URL": broker.url},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert reason in done.stderr


@pytest.mark.parametrize("count", [300])
def test_many_stations_at_once(broker: EmbeddedBroker, tmp_path: Path, count: int) -> None:
    with listener(broker, tmp_path / "hj212.log") as address:
        wait_until(lambda: answered(address, upload(0)), "the first answer")
        stations = [socket.create_connection(address, timeout=30) for _ in range(count)]
        for number, station in enumerate(stations):
            station.sendall(upload(number))
        assert all(b"CN=9014" in answer(station) for station in stations)
        for station in stations:
            station.close()
