"""Two people at once: nobody is sent to a restaurant twice, and a stop is settled once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from alerts.tickets.lifecycle import Role
from alerts.tickets.model import Actor
from alerts.visits import actions
from alerts.visits.settlement import DeviceWork, Entry, LeftOpen
from alerts.visits.store import NewPlan
from core.db import Connection, connect
from core.errors import ConflictError, RefusedItemsError

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
PLAN = NewPlan(1, date(2026, 1, 5), "王", None, 5, 90)
CREW = Actor("王", frozenset({Role.OWNER}))
ENTRIES = [Entry("check:1", LeftOpen("无人"))]


def while_held(
    register: Connection,
    url: str,
    first: Callable[[Connection], object],
    second: Callable[[Connection], object],
) -> "Future[object]":
    """Do ``first`` and, before it commits, ``second`` on a connection of its own."""
    with (
        ThreadPoolExecutor(1) as pool,
        connect(url, "test-second") as other,
        connect(url, "test-watch", autocommit=True) as watch,
    ):
        with register.transaction():
            first(register)
            result = pool.submit(second, other)
            while not result.done() and not _waits(watch, other.info.backend_pid):
                pass
        result.exception(timeout=30)
    return result


def _waits(watch: Connection, pid: int) -> bool:
    found = watch.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", (pid,)).fetchone()
    return found == (True,)


def test_two_plans_at_once_do_not_share_a_restaurant(
    register: Connection, database_url: str
) -> None:
    def create(connection: Connection) -> int:
        return actions.create_plan(connection, PLAN, actor="li", now=NOW)

    second = while_held(register, database_url, create, create)
    with pytest.raises(ConflictError, match="nothing is due"):
        second.result()
    assert register.execute("SELECT count(*) FROM inspection_plan").fetchone() == (1,)


def test_a_stop_that_two_settle_at_once_is_settled_once(
    register: Connection, database_url: str
) -> None:
    number = actions.create_plan(register, PLAN, actor="li", now=NOW)
    actions.start(register, number, actor="li", now=NOW)

    def settle(connection: Connection) -> object:
        return actions.settle_stop(connection, number, 1, ENTRIES, note="", actor=CREW, now=NOW)

    second = while_held(register, database_url, settle, settle)
    with pytest.raises(ConflictError, match="done"):
        second.result()
    audited = register.execute(
        "SELECT action FROM audit_event WHERE subject_kind = 'inspection_plan'"
        " ORDER BY audit_event_id"
    ).fetchall()
    assert [row[0].removeprefix("inspection_plan.") for row in audited] == [
        "created",
        "started",
        "stop_visited",
        "done",
    ]


def test_what_does_not_fit_leaves_nothing_behind(register: Connection) -> None:
    number = actions.create_plan(register, PLAN, actor="li", now=NOW)
    actions.start(register, number, actor="li", now=NOW)
    wrong = [Entry("check:1", DeviceWork("repaired", ""))]
    with pytest.raises(RefusedItemsError) as refused:
        actions.settle_stop(register, number, 1, wrong, note="", actor=CREW, now=NOW)
    assert [pointer for pointer, _ in refused.value.problems] == ["#/items/0"]
    assert register.execute("SELECT state FROM inspection_stop").fetchone() == ("planned",)
