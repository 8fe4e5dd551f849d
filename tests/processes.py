"""Trapwatch's own processes under test: started, watched by their /readyz, killed, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

_PATIENCE_S = 60.0


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S) -> None:
    """Poll until ``condition()`` is true; fail saying what was waited for."""
    pause = Event()
    end = monotonic() + patience_s
    while not condition():
        assert monotonic() < end, f"waited {patience_s} s for {what}"
        pause.wait(0.02)


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """One `trapwatch` command; restartable with the same environment."""

    command: list[str]
    environment: dict[str, str]
    health_port: int
    log: Path
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "trapwatch", *self.command],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
            )

    def is_ready(self) -> bool:
        assert self.running is not None
        assert self.running.poll() is None, self.log.read_text("utf-8")[-4_000:]
        try:
            with urlopen(f"http://127.0.0.1:{self.health_port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def wait_ready(self) -> None:
        wait_until(self.is_ready, f"{self.command} to be ready")

    def metrics(self) -> dict[str, float]:
        """Return /metrics as name{labels} -> value."""
        with urlopen(f"http://127.0.0.1:{self.health_port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def problems(self) -> list[str]:
        try:
            with urlopen(f"http://127.0.0.1:{self.health_port}/readyz", timeout=5) as answer:
                return list(json.load(answer)["problems"])
        except URLError as error:
            body = getattr(error, "read", lambda: b'{"problems": ["not listening"]}')()
            return list(json.loads(body)["problems"])

    def kill(self) -> None:
        assert self.running is not None
        self.running.kill()
        self.running.wait(timeout=30)

    def stop(self) -> int:
        """Ask the process to end and return its exit code.

        Asked twice if need be: about one SIGTERM in 150 was seen not to reach a process on the
        machine these tests were written on (not pending, not blocked, its handler not entered).
        """
        assert self.running is not None
        self.running.send_signal(signal.SIGTERM)
        try:
            return self.running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.running.send_signal(signal.SIGTERM)
            return self.running.wait(timeout=20)


@contextmanager
def ingest_process(
    database_url: str, mqtt_url: str, log: Path, *, await_ready: bool = True, **settings: str
) -> Iterator[Process]:
    """Run `trapwatch ingest`; killed at the end if the test has not stopped it."""
    port = free_port()
    environment = {
        "TRAPWATCH_DATABASE__URL": database_url,
        "TRAPWATCH_MQTT__URL": mqtt_url,
        "TRAPWATCH_INGEST__METRICS_PORT": str(port),
        "TRAPWATCH_INGEST__RETRY_DELAY_S_MAX": "1",
        "TRAPWATCH_MQTT__RECONNECT_DELAY_S_MAX": "1",
        **settings,
    }
    process = Process(["ingest"], environment, port, log)
    process.start()
    try:
        if await_ready:
            process.wait_ready()
        yield process
    finally:
        if process.running is not None and process.running.poll() is None:
            process.kill()
