"""What is expected of a device on a day, against what came: hand-computed days."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from alerts.coverage import store
from core.db import Connection

DAY = date(2026, 1, 5)
#: Midnight in Shanghai.
START = datetime.fromisoformat("2026-01-04T16:00:00+00:00")
NOW = datetime.fromisoformat("2026-01-05T18:00:00+00:00")

Report = Callable[..., None]
Compute = Callable[[], tuple[float, ...]]


@pytest.fixture
def device(register: Connection) -> int:
    """A device of 300 s in service for long."""
    register.execute("DELETE FROM reading")
    row = register.execute(
        "INSERT INTO device (uid, trap_id, status, report_interval_s, commissioned_at,"
        " created_at, updated_at)"
        " SELECT 'day-1', min(trap_id), 'active', 300, '2025-01-01Z', '2025-01-01Z',"
        " '2025-01-01Z' FROM trap"
        " RETURNING device_id"
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def report(register: Connection, device: int) -> Report:
    def put(at_s: float, *, good: bool = True, delay_s: float = 2, metric: int = 1) -> None:
        measured_at = START + timedelta(seconds=at_s)
        register.execute(
            "INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at)"
            " VALUES (%s, %s, %s, 600, %s, %s)",
            (
                measured_at,
                device,
                metric,
                0 if good else 2,
                measured_at + timedelta(seconds=delay_s),
            ),
        )

    return put


@pytest.fixture
def compute(register: Connection, device: int) -> Compute:
    def run() -> tuple[float, ...]:
        store.compute_device_days(register, DAY, (device, device), NOW)
        row = register.execute(
            "SELECT in_service_s, maintenance_s, report_count, received_s, valid_s, online_s,"
            " working_s FROM device_day WHERE device_id = %s AND day = %s",
            (device, DAY),
        ).fetchone()
        assert row is not None
        return row

    return run


def test_a_full_day(report: Report, compute: Compute) -> None:
    report(-100)
    for n in range(288):
        report(200 + n * 300)
        report(200 + n * 300, metric=5)
    in_service, maintenance, count, received, valid, online, working = compute()
    assert (in_service, maintenance, count) == (86_400, 0, 288)
    assert received == pytest.approx(86_400)
    assert valid == pytest.approx(86_400)
    assert online == pytest.approx(86_400)
    assert working == pytest.approx(86_400)


def test_jitter_and_event_driven_reports_change_nothing(report: Report, compute: Compute) -> None:
    for n in range(288):
        report(150 + n * 300 + (n % 7) * 10 - 30)
    for n in range(40):
        report(5_000 + n * 7.5)
    _, _, count, received, *_ = compute()
    assert count == 328
    assert received == pytest.approx(86_400)


def test_a_lost_report_costs_one(report: Report, compute: Compute) -> None:
    for n in range(288):
        if n not in {100, 200, 201}:
            report(200 + n * 300)
    _, _, _, received, *_ = compute()
    assert received / 300 == pytest.approx(288 - 3)


def test_bad_values_came_but_are_not_valid(report: Report, compute: Compute) -> None:
    for n in range(288):
        report(200 + n * 300, good=n < 144)
    _, _, _, received, valid, online, working = compute()
    assert received == pytest.approx(86_400)
    assert valid == pytest.approx(200 + 143 * 300, abs=1)
    assert online == pytest.approx(86_400 - 202, abs=1)
    # The last good value was received at 43 102 s and counts for half an hour.
    assert working == pytest.approx(43_102 + 1_800 - 202, abs=1)


def test_what_a_gateway_kept_came_but_was_not_heard(report: Report, compute: Compute) -> None:
    for n in range(288):
        late = 48 <= n < 72
        report(200 + n * 300, delay_s=72 * 300 - n * 300 if late else 2)
    _, _, _, received, _, online, _ = compute()
    assert received == pytest.approx(86_400)
    # Silent from 14 302 s, heard for 1 800 s more, then again from 21 800 s on.
    assert online == pytest.approx(86_400 - 202 - (21_800 - 14_302 - 1_800), abs=2)


def test_time_in_maintenance_is_not_expected(
    register: Connection, device: int, report: Report, compute: Compute
) -> None:
    for at_s, status in ((21_600, "maintenance"), (43_200, "active")):
        register.execute(
            "UPDATE device SET status = %s, updated_at = %s WHERE device_id = %s",
            (status, START + timedelta(seconds=at_s), device),
        )
    report(150)
    in_service, maintenance, *_ = compute()
    assert (in_service, maintenance) == (64_800, 21_600)


def test_a_device_counts_from_its_commissioning_on(
    register: Connection, device: int, compute: Compute
) -> None:
    register.execute(
        "UPDATE device SET commissioned_at = %s, updated_at = %s WHERE device_id = %s",
        (START + timedelta(hours=6), START - timedelta(days=2), device),
    )
    assert compute()[0] == 18 * 3_600


def test_computing_again_writes_only_what_changed(
    register: Connection, device: int, report: Report
) -> None:
    report(200)
    assert store.compute_device_days(register, DAY, (device, device), NOW) == 1
    assert store.compute_device_days(register, DAY, (device, device), NOW) == 0
    report(500)
    assert store.compute_device_days(register, DAY, (device, device), NOW) == 1
