"""`trapwatch api` as a process: its address, its readiness, its end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

TIMEOUT_S = 20.0


@contextmanager
def running(database_url: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    environment = {
        **os.environ,
        "TRAPWATCH_DATABASE__URL": database_url,
        "TRAPWATCH_API__PORT": "0",
        "TRAPWATCH_LOG__FORMAT": "json",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "trapwatch", "api"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            lines = (json.loads(line) for line in process.stderr if line.startswith("{"))
            yield process, next(line["address"] for line in lines if line["event"] == "listening")
        finally:
            process.kill()


def test_it_serves_and_ends_at_once_with_a_stream_open(
    database_url: str, everything: dict[str, str]
) -> None:
    with running(database_url) as (process, address):
        assert httpx.get(f"{address}readyz", timeout=TIMEOUT_S).json()["ready"]
        towns = httpx.get(f"{address}api/v1/towns", headers=everything).json()["items"]
        assert len(towns) == 3
        with httpx.stream(
            "GET", f"{address}api/v1/events", headers=everything, timeout=TIMEOUT_S
        ) as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith("retry:")
            process.send_signal(signal.SIGTERM)
            assert "event: ready" in list(lines)
        assert process.wait(TIMEOUT_S) == 0


def test_it_starts_without_a_database_and_says_so() -> None:
    with running("postgresql://nobody@127.0.0.1:1/nothing") as (process, address):
        assert httpx.get(f"{address}healthz").status_code == 200
        assert httpx.get(f"{address}readyz", timeout=TIMEOUT_S).status_code == 503
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT_S) == 0


def test_a_taken_address_is_refused(database_url: str) -> None:
    with running(database_url) as (_, address):
        port = address.rstrip("/").rsplit(":", 1)[1]
        environment = {**os.environ, "TRAPWATCH_API__PORT": port}
        second = subprocess.run(
            [sys.executable, "-m", "trapwatch", "api"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert second.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr
