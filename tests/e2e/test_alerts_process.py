"""`trapwatch alerts` as a process: signals, a kill between send and record, a lost database."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from core.clock import SystemClock
from core.db import Connection, connect
from migrations.runner import migrate
from tests.webhooks import VARIABLES, Receiver, add_endpoint, hang, queue_message, receivers

receiver = pytest.fixture(receivers)
StartAlerts = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_alerts(tmp_path: Path) -> Iterator[StartAlerts]:
    """Start `trapwatch alerts` with these settings; whatever still runs is killed afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(url: str, **settings: str) -> "subprocess.Popen[str]":
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("TRAPWATCH_")
        }
        settings = {"DATABASE__URL": url, "ALERTS__LATCHED_HOLD_INTERVAL_S": "0.2", **settings}
        environment |= VARIABLES
        environment |= {f"TRAPWATCH_{name}": value for name, value in settings.items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "trapwatch", "alerts"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as opened:
        yield opened


def wait_until(true: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Ask again and again: for facts that another process brings about without telling us."""
    deadline_s = monotonic() + timeout_s
    while not true():
        assert monotonic() < deadline_s, "did not come true in time"


def readiness(port: int) -> tuple[int, dict[str, Any]]:
    try:
        response = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
    except httpx.TransportError:
        return 0, {}
    return response.status_code, response.json()


def metrics(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text


def states(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT state, attempt_count FROM webhook_delivery ORDER BY webhook_delivery_id"
    ).fetchall()


def test_sigterm_ends_it_cleanly(
    connection: Connection, database_url: str, receiver: Receiver, start_alerts: StartAlerts
) -> None:
    process = start_alerts(database_url)
    queue_message(connection, add_endpoint(connection, receiver.url), at_us=SystemClock().now_us())
    receiver.next(timeout_s=20.0)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert states(connection) == [("ok", 1)]
    events = [json.loads(line)["event"] for line in errors.splitlines()]
    assert events[-1] == "alerts_stopped"


def test_killed_between_send_and_record_another_one_sends_again_under_the_same_id(
    connection: Connection, database_url: str, receiver: Receiver, start_alerts: StartAlerts
) -> None:
    settings = {"WEBHOOKS__TIMEOUT_S": "0.5", "WEBHOOKS__LEASE_S": "5.5"}
    receiver.script.put(hang(receiver.over))
    process = start_alerts(database_url, **settings)
    queue_message(connection, add_endpoint(connection, receiver.url), at_us=SystemClock().now_us())
    first = receiver.next(timeout_s=20.0)
    process.kill()
    process.wait()
    assert states(connection) == [("queued", 1)]
    start_alerts(database_url, **settings)
    second = receiver.next(timeout_s=20.0)
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    assert second.body == first.body
    wait_until(lambda: states(connection) == [("ok", 2)])


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"WEBHOOKS__TIMEOUTS": "3"}, "TRAPWATCH_WEBHOOKS__TIMEOUTS"),
        ({"WEBHOOKS__TIMEOUT_S": "60", "WEBHOOKS__LEASE_S": "60"}, "TRAPWATCH_WEBHOOKS__LEASE_S"),
    ],
)
def test_a_wrong_setting_is_named_and_refused(
    start_alerts: StartAlerts, setting: dict[str, str], named: str
) -> None:
    process = start_alerts("postgresql://nobody@127.0.0.1:1/none", **setting)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert named in errors
    assert "Traceback" not in errors


def test_it_waits_for_its_database_and_survives_its_crash(
    private_postgres: Any, receiver: Receiver, start_alerts: StartAlerts, free_port: int
) -> None:
    url = private_postgres.ensure_database("trapwatch")
    migrate(url)
    private_postgres.stop()
    process = start_alerts(url, ALERTS__METRICS_PORT=str(free_port))
    wait_until(lambda: readiness(free_port)[0] == 503)
    assert "refused" in readiness(free_port)[1]["problems"][0]

    private_postgres.start()
    wait_until(lambda: readiness(free_port)[0] == 200)
    with connect(url, "test", autocommit=True) as connection:
        endpoint_id = add_endpoint(connection, receiver.url)
        queue_message(connection, endpoint_id, at_us=SystemClock().now_us())
        receiver.next()
        wait_until(lambda: states(connection) == [("ok", 1)])
        # A relay's commits reach the disk a moment later (it may send again); ours take them along.
        connection.execute("CREATE TABLE flush_the_log ()")

    private_postgres.kill()
    wait_until(lambda: readiness(free_port)[0] == 503)
    private_postgres.start()
    wait_until(lambda: readiness(free_port)[0] == 200)
    with connect(url, "test", autocommit=True) as connection:
        queue_message(connection, endpoint_id, at_us=SystemClock().now_us())
        receiver.next()
        wait_until(lambda: states(connection) == [("ok", 1), ("ok", 1)])
    delivered = 'trapwatch_webhook_attempts_total{outcome="delivered"} 2.0'
    wait_until(lambda: delivered in metrics(free_port))
    timer_ran = 'trapwatch_timer_runs_total{result="ok",timer="latched_hold"}'
    wait_until(lambda: timer_ran in metrics(free_port))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
