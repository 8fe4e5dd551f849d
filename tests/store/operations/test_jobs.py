"""Until when work at a trap explains what its sensors say."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.circumstances.store import select_circumstances
from alerts.jobs import actions
from alerts.jobs.lifecycle import Act
from core.db import Connection
from core.instant import to_us

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def plan(connection: Connection, kind: str) -> int:
    """A job planned for the hour from NOW on."""
    row = connection.execute(
        "INSERT INTO job (trap_id, kind, state, planned_from, planned_to, created_at)"
        " VALUES (1, %s, 'planned', %s, %s, %s) RETURNING job_id",
        (kind, NOW, NOW + HOUR, NOW - HOUR),
    ).fetchone()
    assert row is not None
    return int(row[0])


def move(
    connection: Connection, job_id: int, act: Act, hours: float, told_hours: float | None = None
) -> None:
    told = NOW + (hours if told_hours is None else told_hours) * HOUR
    at = NOW + hours * HOUR
    actions.move(connection, job_id, act, at=at, by="王", actor="local", now=told)


def explains(connection: Connection, hours: float) -> bool:
    at = NOW + hours * HOUR
    return select_circumstances(connection, [1], [], at).has_work(1, to_us(at))


@pytest.mark.parametrize(("kind", "after_hours"), [("pump_out", 2), ("maintenance", 0)])
def test_a_checked_out_job_explains_no_more_though_nobody_closes_it(
    register: Connection, kind: str, after_hours: float
) -> None:
    job_id = plan(register, kind)
    move(register, job_id, Act.CHECK_IN, 0.5)
    assert explains(register, 3), "the crew is still there"
    move(register, job_id, Act.CHECK_OUT, 3)
    assert explains(register, 3 + after_hours)
    assert not explains(register, 3.01 + after_hours)
    move(register, job_id, Act.CLOSE, 5.5)
    assert not explains(register, 5.6), "closing it later does not begin the refilling anew"


def test_a_job_without_a_crew_explains_until_it_is_closed(register: Connection) -> None:
    job_id = plan(register, "inspection")
    assert explains(register, 0.1)
    assert not explains(register, 1.1), "planned, and never begun"
    move(register, job_id, Act.OPEN, 1.2)
    assert explains(register, 4)
    move(register, job_id, Act.CLOSE, 4)
    assert not explains(register, 4.1)


def test_what_was_told_late_explains_only_from_then_on(register: Connection) -> None:
    job_id = plan(register, "maintenance")
    move(register, job_id, Act.CHECK_IN, 2, told_hours=4)
    assert not explains(register, 3)
    assert explains(register, 4)


def test_each_act_is_audited_with_who_said_so(register: Connection) -> None:
    job_id = plan(register, "pump_out")
    move(register, job_id, Act.CHECK_IN, 0)
    move(register, job_id, Act.CHECK_OUT, 1)
    move(register, job_id, Act.CLOSE, 2)
    rows = register.execute("SELECT action, detail ->> 'by' FROM audit_event ORDER BY at")
    assert rows.fetchall() == [
        ("job.checked_in", "王"), ("job.checked_out", "王"), ("job.closed", "王"),
    ]  # fmt: skip
    said = register.execute("SELECT checked_in_by, checked_out_by, opened_at FROM job").fetchone()
    assert said == ("王", "王", NOW)
