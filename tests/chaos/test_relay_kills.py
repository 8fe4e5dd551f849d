"""Relays as processes that are killed and stopped: at least once under one id, settled once."""

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from core.clock import SystemClock
from core.db import Connection
from tests.processes import Process, free_port, wait_until
from tests.relays import connections
from tests.webhooks import (
    VARIABLES,
    Receiver,
    add_endpoint,
    answer,
    queue_message,
    receivers,
)

RELAYS = 2
MESSAGES_EACH = 20

receiver = pytest.fixture(receivers)
connection = pytest.fixture(connections)


@pytest.fixture
def relays(database_url: str, tmp_path: Path) -> Iterator[list[Process]]:
    """Two alerts processes with short leases; whatever still runs is killed afterwards."""
    made = []
    for number in range(RELAYS):
        port = free_port()
        environment = {
            **VARIABLES,
            "TRAPWATCH_DATABASE__URL": database_url,
            "TRAPWATCH_WEBHOOKS__TIMEOUT_S": "1",
            "TRAPWATCH_WEBHOOKS__LEASE_S": "6",
            "TRAPWATCH_ALERTS__METRICS_PORT": str(port),
        }
        made.append(Process(["alerts"], environment, port, tmp_path / f"alerts-{number}.log"))
    yield made
    for process in made:
        if process.running is not None:
            process.running.send_signal(signal.SIGCONT)
            process.kill()


def unsettled(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM webhook_delivery WHERE state <> 'ok'").fetchone()
    assert row is not None
    return int(row[0])


def attempt_count(connection: Connection) -> int:
    row = connection.execute(
        "SELECT coalesce(sum(attempt_count), 0) FROM webhook_delivery"
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=pytest.mark.chaos)])
def test_after_every_kill_each_message_arrives_at_least_once_under_one_id(
    connection: Connection, receiver: Receiver, relays: list[Process], kills: int
) -> None:
    """Each kill comes while attempts are under way: just after more were claimed."""
    pause = Event()

    def answer_slowly(handler: object) -> None:
        pause.wait(0.02)
        answer(204)(handler)  # type: ignore[arg-type]  # the handler's class is private

    receiver.then = answer_slowly
    endpoint_ids = [add_endpoint(connection, f"{receiver.url}/{n}") for n in range(4)]
    for process in relays:
        process.start()
    for kill in range(kills):
        for _ in range(MESSAGES_EACH):
            queue_message(
                connection, *endpoint_ids, at_us=SystemClock().now_us(), body=b'{"type":"x"}'
            )
        before = attempt_count(connection)
        wait_until(
            lambda before=before: attempt_count(connection) > before,  # type: ignore[misc]  # mypy cannot infer it
            "somebody to claim",
        )
        victim = relays[kill % RELAYS]
        victim.kill()
        victim.start()
    wait_until(lambda: unsettled(connection) == 0, "everything to arrive")

    ids_by_endpoint = defaultdict(set)
    for request in receiver.requests():
        ids_by_endpoint[request.path].add(request.headers["webhook-id"])
    rows = connection.execute("SELECT uid FROM webhook_message").fetchall()
    queued = {row[0] for row in rows}
    assert len(queued) == kills * MESSAGES_EACH
    assert set(ids_by_endpoint) == {f"/hook/{n}" for n in range(4)}
    for path, ids in ids_by_endpoint.items():
        assert ids == queued, f"{path}: every message, and no second id of any"


def test_a_relay_that_slept_past_its_lease_settles_nothing_twice(
    connection: Connection, receiver: Receiver, relays: list[Process]
) -> None:
    """One is stopped while it waits for an answer; the other takes over and settles it."""
    first, second = relays
    answering = Event()

    def answer_late(handler: object) -> None:
        answering.wait(60.0)
        answer(500)(handler)  # type: ignore[arg-type]  # the handler's class is private

    receiver.script.put(answer_late)
    first.start()
    first.wait_ready()
    endpoint_id = add_endpoint(connection, receiver.url)
    (delivery_id,) = queue_message(connection, endpoint_id, at_us=SystemClock().now_us())
    sleeping = receiver.next(30.0)
    assert first.running is not None
    os.kill(first.running.pid, signal.SIGSTOP)
    second.start()
    taken_over = receiver.next(40.0)
    wait_until(lambda: unsettled(connection) == 0, "the second relay to settle it")
    settled = connection.execute("SELECT * FROM webhook_delivery").fetchall()
    answering.set()
    os.kill(first.running.pid, signal.SIGCONT)

    def both_recorded() -> bool:
        rows = connection.execute(
            "SELECT attempt FROM webhook_attempt WHERE webhook_delivery_id = %s", (delivery_id,)
        ).fetchall()
        return len(rows) == 2

    wait_until(both_recorded, "the first relay to record its late attempt")
    assert connection.execute("SELECT * FROM webhook_delivery").fetchall() == settled
    assert sleeping.headers["webhook-id"] == taken_over.headers["webhook-id"]
    assert first.metrics()["trapwatch_webhook_attempts_fenced_total"] == 1.0
    assert receiver.requests() == []
