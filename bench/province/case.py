"""Case ``api``: coverage, trends, lists and live streams of a province, by one API process."""

import secrets
import socket
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from random import Random
from threading import Event
from time import perf_counter
from typing import Any

import psycopg

from api.access.model import Scope
from api.access.records import TokenFields
from api.access.token_format import RANDOM_BYTES
from api.access.tokens import create_token
from bench import worker
from bench.fixture import fresh_database
from bench.province import streams
from bench.province.client import Address, Client
from bench.province.loading import Size, load
from bench.province.questions import QUESTIONS, Question, asked
from bench.record import Record, cpu_s, measured, rss_mb
from core.clock import SystemClock
from core.db import connect
from core.sql import load_queries

_QUERIES = load_queries("bench.province", "streams.sql")
_SEED = 1
_CLIENTS = 8
_LIMITS = (100, 20)
#: Each way to ask is asked so often, after some that do not count.
_COUNT, _WARM_UP_COUNT = 100, 10
_STREAMS, _ALERTS = 1_000, 20
_STREAM_MS = 1_000.0
_RATE_MIN = 300.0
#: One caller asks for all of them here.
_UNLIMITED = {"TRAPWATCH_ACCESS__REQUESTS_PER_MIN": "1000000"}


def run(server_url: str, duration_s: float = 20.0, share: float = 1.0) -> Iterator[Record]:
    """Yield a record a way to ask, then of the mixed load, then of live streams.

    ``share`` makes a smaller province; ``duration_s`` is that of one mixed load. How the loading
    goes is told on standard error.
    """
    size, clock = Size().times(share), SystemClock()
    with fresh_database(server_url) as url:
        now_us = clock.now_us()
        for step, spent_s in load(url, size, clock):
            print(f"{step:24} {spent_s:7.1f} s", file=sys.stderr, flush=True)
        yield from measure(url, size, now_us, duration_s)


def measure(url: str, size: Size, now_us: int, duration_s: float) -> Iterator[Record]:
    """Yield the records of a province that was loaded at ``now_us``."""
    with _api(url) as process:
        for limit in _LIMITS:
            asking = _Asking(process, size, now_us, limit)
            for question in QUESTIONS:
                yield asking.one_by_one(question)
            yield asking.mixed(duration_s)
    # A process of its own: its memory shall be that of streams.
    with _api(url) as process:
        yield _streamed(url, process, size)


@dataclass(frozen=True, slots=True)
class _Process:
    """The API process under measurement."""

    address: Address
    pid: int


@dataclass(frozen=True, slots=True)
class _Asking:
    """The callers: what they ask, of which process, for pages of how many rows."""

    process: _Process
    size: Size
    now_us: int
    limit: int

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {**asdict(self.size), "devices": self.size.devices, "limit": self.limit}

    def paths(self, question: Question, random: Random, count: int) -> list[str]:
        return [
            asked(question, random, self.size, now_us=self.now_us, limit=self.limit)
            for _ in range(count)
        ]

    def one_by_one(self, question: Question) -> Record:
        """Ask on one connection, each when the one before is answered."""
        paths = self.paths(question, Random(_SEED), _WARM_UP_COUNT + _COUNT)
        with Client(self.process.address) as client:
            answers = [client.get(path) for path in paths][_WARM_UP_COUNT:]
        samples = [answer.duration_ms for answer in answers]
        record = measured(
            "api",
            {"asked": question.name, **self.parameters},
            rate=1_000 * len(samples) / sum(samples),
            unit="requests/s, one by one",
            samples_ms=samples,
            memory_mb=rss_mb(self.process.pid),
            extra={
                "answer_kb": sum(len(answer.body) for answer in answers) / len(answers) / 1_000,
                "target_p95_ms": question.target_ms,
            },
        )
        record.extra["met"] = record.p95_ms < question.target_ms
        return record

    def mixed(self, duration_s: float) -> Record:
        """Ask everything by its weight on several connections at the same time."""
        with ThreadPoolExecutor(_CLIENTS) as callers:
            before_s, begun = cpu_s(self.process.pid), perf_counter()
            parts = callers.map(self._asked_until, range(_CLIENTS), [begun + duration_s] * _CLIENTS)
            samples = [sample for part in parts for sample in part]
            spent_s = perf_counter() - begun
            cpu = sum(cpu_s(self.process.pid).values()) - sum(before_s.values())
        rate = len(samples) / spent_s
        return measured(
            "api",
            {"asked": "mixed", "connections": _CLIENTS, **self.parameters},
            rate=rate,
            unit="requests/s",
            samples_ms=samples,
            memory_mb=rss_mb(self.process.pid),
            extra={
                "cpu_ms_a_request": 1_000 * cpu / len(samples),
                "target_rate": _RATE_MIN,
                "met": rate >= _RATE_MIN,
            },
        )

    def _asked_until(self, caller: int, end: float) -> list[float]:
        random = Random(_SEED + caller)
        weights = [question.weight for question in QUESTIONS]
        samples = []
        with Client(self.process.address) as client:
            while perf_counter() < end:
                (question,) = random.choices(QUESTIONS, weights)
                (path,) = self.paths(question, random, 1)
                samples.append(client.get(path).duration_ms)
        return samples


def _streamed(url: str, process: _Process, size: Size) -> Record:
    """Open streams and commit alerts; a sample is one alert at one stream."""
    clock = SystemClock()
    idle_mb = rss_mb(process.pid)
    with psycopg.connect(url, autocommit=True) as connection:

        def commit() -> float:
            connection.execute(_QUERIES["commit_alert"], {"now": clock.now()})
            return perf_counter()

        samples = streams.measure(process.address, _STREAMS, commit, _ALERTS)
    return measured(
        "api",
        {"asked": "live streams", "streams": _STREAMS, **asdict(size)},
        rate=1_000 * _STREAMS / max(samples),
        unit="streams told/s",
        samples_ms=samples,
        memory_mb=rss_mb(process.pid),
        extra={
            "delay": "commit to the event read by a stream",
            "max_ms": max(samples),
            "rss_idle_mb": idle_mb,
            "target_max_ms": _STREAM_MS,
            "met": max(samples) < _STREAM_MS,
        },
    )


@contextmanager
def _api(url: str) -> Iterator[_Process]:
    """Run ``trapwatch api`` on a free port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = Address(port, _token(url))
    settings = {"TRAPWATCH_API__PORT": str(port), **_UNLIMITED}
    with worker.process("api", url, settings) as running:
        _wait_answering(address)
        yield _Process(address, running.pid)


def _token(url: str) -> str:
    """Return a new token that may read."""
    fields = TokenFields(name=f"bench-{secrets.token_hex(4)}", scopes=(Scope.READ,))
    with connect(url, "trapwatch-bench") as connection, connection.transaction():
        _, text = create_token(
            connection,
            fields,
            random_bytes=secrets.token_bytes(RANDOM_BYTES),
            actor="bench",
            now=SystemClock().now(),
        )
    return text


def _wait_answering(address: Address) -> None:
    pause = Event()
    end = perf_counter() + 60.0
    while True:
        try:
            with Client(address) as client:
                client.get("/towns")
                return
        except ConnectionRefusedError:
            if perf_counter() > end:
                raise
            pause.wait(0.1)
