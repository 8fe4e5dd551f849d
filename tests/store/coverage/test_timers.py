"""The present funnel is refreshed in time; days and months are frozen once."""

from datetime import date, datetime

import psycopg
import pytest

from alerts.timers import coverage_day, coverage_present
from core.clock import ManualClock
from core.db import Connection
from core.instant import to_us

NOON = to_us(datetime.fromisoformat("2026-01-31T12:00:00+08:00"))
HOUR_US = 3_600_000_000


def _present(connection: Connection, now_us: int, took_s: float = 0.0) -> int:
    clock = iter((0.0, took_s))
    with connection.transaction():
        return coverage_present.run_once(
            connection, now_us, interval_s=10, monotonic_s=lambda: next(clock)
        )


def _day(connection: Connection, now_us: int) -> int:
    with connection.transaction():
        return coverage_day.run_once(connection, now_us, grace_s=3_600)


def _frozen(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT span, starts_on, revision, as_of IS NOT NULL FROM coverage_freeze ORDER BY 2, 1, 3"
    ).fetchall()


def test_it_is_refreshed_once_an_interval(register: Connection) -> None:
    assert _present(register, NOON) == 1
    assert _present(register, NOON + 9_900_000) == 0
    assert _present(register, NOON + 10_000_000) == 1


def test_a_refresh_that_takes_long_rests_ten_times_as_long(register: Connection) -> None:
    assert _present(register, NOON, took_s=6.0) == 1
    assert _present(register, NOON + 59_000_000) == 0
    assert _present(register, NOON + 60_000_000) == 1


def test_a_day_is_frozen_once_after_its_grace_and_the_month_with_its_last_day(
    register: Connection,
) -> None:
    register.execute("UPDATE device SET created_at = '2026-01-31Z'")
    _present(register, NOON)
    assert _day(register, NOON) == 0
    midnight_us = NOON + 12 * HOUR_US
    assert _day(register, midnight_us + HOUR_US - 1) == 0
    _present(register, midnight_us + HOUR_US)
    assert _day(register, midnight_us + HOUR_US) == 1
    assert _day(register, midnight_us + HOUR_US) == 0
    assert _frozen(register) == [
        ("month", date(2026, 1, 1), 1, True),
        ("day", date(2026, 1, 31), 1, True),
    ]


def test_days_missed_in_an_outage_have_no_funnel(register: Connection) -> None:
    register.execute("UPDATE device SET created_at = '2026-01-31Z'")
    later_us = NOON + 3 * 24 * HOUR_US
    _present(register, later_us)
    while _day(register, later_us):
        pass
    days = [row for row in _frozen(register) if row[0] == "day"]
    assert days == [
        ("day", date(2026, 1, 31), 1, False),
        ("day", date(2026, 2, 1), 1, False),
        ("day", date(2026, 2, 2), 1, True),
    ]


@pytest.mark.parametrize("change", [b"DELETE FROM coverage_freeze", b"TRUNCATE coverage_frozen"])
def test_what_is_frozen_is_not_changed(register: Connection, change: bytes) -> None:
    register.execute("UPDATE device SET created_at = '2026-01-31Z'")
    _present(register, NOON + 13 * HOUR_US)
    _day(register, NOON + 13 * HOUR_US)
    with pytest.raises(psycopg.errors.RestrictViolation):
        register.execute(change)


def test_only_one_process_counts(database_url: str, register: Connection) -> None:
    from core.db import AdvisoryLock, connect, try_lock

    with connect(database_url, "other") as other, other.transaction():
        assert try_lock(other, AdvisoryLock.TIMER_COVERAGE_PRESENT)
        assert _present(register, NOON) == 0
    clock = ManualClock(NOON)
    assert coverage_present.run_once(register, NOON, interval_s=1, monotonic_s=clock.monotonic_s)
