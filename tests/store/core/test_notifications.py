"""Waiting for notifications ends with the first of them, or when somebody wakes the waiting."""

from collections.abc import Iterator
from threading import Thread

import pytest

from core.db import Connection, connect, listen, notifications
from core.wake_pipe import WakePipe

#: So long no test may take: who ends earlier was woken.
LONG_S = 300.0


@pytest.fixture
def wakes() -> Iterator[WakePipe]:
    made = WakePipe()
    yield made
    made.close()
    made.wake()  # nobody is there any more


def test_a_wake_up_ends_the_waiting(register: Connection, wakes: WakePipe) -> None:
    listen(register, "events")
    found: list[list[str]] = []
    thread = Thread(target=lambda: found.append(notifications(register, LONG_S, 1, wakes)))
    thread.start()
    wakes.wake()
    thread.join()
    assert found == [[]]
    assert notifications(register, LONG_S, 1, wakes) == []  # woken until it is drained


def test_a_notification_ends_the_waiting(
    register: Connection, database_url: str, wakes: WakePipe
) -> None:
    listen(register, "events")
    with connect(database_url, "test", autocommit=True) as other:
        other.execute("NOTIFY events, 'one'")
        assert notifications(register, LONG_S, 1, wakes) == ["one"]
        other.execute("NOTIFY events, 'two'")
        other.execute("NOTIFY events, 'three'")
        found = notifications(register, LONG_S, None, wakes)
        while len(found) < 2:
            found += notifications(register, LONG_S, None, wakes)
        assert found == ["two", "three"]
