from collections import Counter

import numpy as np
import pytest

from core.errors import InvalidRequestError, NotFoundError
from core.instant import SECOND_US
from simulators.county import make_county
from simulators.fleet import Fleet, Report
from simulators.vocabulary import Fault

START_US = 1_767_542_400_000_000  # 2026-01-04T16:00:00Z: midnight in Jiashan
COUNTY = make_county(7, 60)
TRAP = next(device.trap_code for device in COUNTY.devices if device.has_cover)
FREEBOARD_MM = next(t.cover_mm - t.outlet_invert_mm for t in COUNTY.traps if t.code == TRAP)


def fleet(seed: int = 1) -> Fleet:
    return Fleet(COUNTY, seed, START_US)


def run(running: Fleet, duration_s: int, dt_s: float = 1.0) -> list[Report]:
    reports = []
    for _ in range(round(duration_s / dt_s)):
        running.step(dt_s)
        reports += running.take_reports()
    return reports


def of_trap(reports: list[Report]) -> list[Report]:
    return [report for report in reports if report.device.trap_code == TRAP]


def test_one_seed_one_stream() -> None:
    assert run(fleet(), 400) == run(fleet(), 400)
    assert run(fleet(1), 400) != run(fleet(2), 400)


def test_every_unit_reports_once_an_interval_and_not_all_at_once() -> None:
    running = fleet()
    counts = Counter(report.device.uid for report in run(running, 1_500))
    assert set(counts.values()) == {5}
    assert len(counts) == len(COUNTY.devices)
    moments = Counter(report.at_us for report in run(running, 300))
    assert max(moments.values()) < len(COUNTY.devices) / 6
    assert max(moments) <= running.now_us


def test_a_report_has_what_the_unit_has() -> None:
    for report in run(fleet(), 300):
        assert (report.flow_lps is not None) == report.device.has_flow
        assert (report.cover_open is not None) == report.device.has_cover
        assert 0 <= report.battery_pct <= 100
        assert -130 < report.rssi_dbm < -40


def test_at_night_units_read_their_outlet_within_their_noise() -> None:
    inverts = {trap.code: trap.outlet_invert_mm for trap in COUNTY.traps}
    running = fleet()
    run(running, 3 * 3_600, 5.0)
    errors = []
    for report in run(running, 600, 5.0):
        mount_mm = report.device.mount_height_mm
        level_mm = report.length_mm if mount_mm is None else mount_mm - report.length_mm
        errors.append(level_mm - inverts[report.device.trap_code])
    assert max(map(abs, errors)) < 45
    assert 2 < np.std(errors) < 9


@pytest.mark.parametrize("fill_s", [30.0, 300.0])
def test_a_blocked_trap_runs_over_in_time_and_says_so_every_five_seconds(fill_s: float) -> None:
    running = fleet()
    run(running, 300)
    at_us = running.now_us
    running.inject(Fault.BLOCKAGE, TRAP, fill_s=fill_s, clear=False)
    place = next(n for n, d in enumerate(COUNTY.devices) if d.trap_code == TRAP)
    while running.state.freeboard_left_mm[place] > 0:
        running.step(1.0)
        running.take_reports()
        assert running.now_us - at_us <= (fill_s + 1) * SECOND_US
    assert running.now_us - at_us == pytest.approx(fill_s * SECOND_US, abs=SECOND_US)
    assert running.state.surcharge_mm[place] == pytest.approx(FREEBOARD_MM)
    reports = of_trap(run(running, 60))
    assert len(reports) in {12, 13}
    assert running.state.spilled_l[place] > 0

    running.inject(Fault.BLOCKAGE, TRAP, fill_s=fill_s, clear=True)
    run(running, 120)
    assert running.state.surcharge_mm[place] < 60
    assert len(of_trap(run(running, 300))) == 1


def test_crossing_the_warning_line_is_said_at_once() -> None:
    running = fleet()
    run(running, 300)
    running.inject(Fault.BLOCKAGE, TRAP, fill_s=60.0, clear=False)
    place = next(n for n, d in enumerate(COUNTY.devices) if d.trap_code == TRAP)
    while running.state.surcharge_mm[place] <= 100:
        running.step(1.0)
        reports = of_trap(running.take_reports())
    assert [report.at_us for report in reports] == [running.now_us]


def test_a_cover_is_reported_at_once_and_again_when_closed() -> None:
    running = fleet()
    run(running, 300)
    running.inject(Fault.COVER_OPEN, TRAP, fill_s=30.0, clear=False)
    assert [r.cover_open for r in of_trap(run(running, 1))] == [True]
    assert len(of_trap(run(running, 20))) <= 1
    running.inject(Fault.COVER_OPEN, TRAP, fill_s=30.0, clear=True)
    assert [r.cover_open for r in of_trap(run(running, 1))] == [False]


def test_a_silent_unit_says_nothing_until_cleared() -> None:
    running = fleet()
    running.inject(Fault.SILENCE, TRAP, fill_s=30.0, clear=False)
    running.inject(Fault.BLOCKAGE, TRAP, fill_s=30.0, clear=False)
    reports = run(running, 1_200)
    assert of_trap(reports) == []
    assert reports
    running.inject(Fault.SILENCE, TRAP, fill_s=30.0, clear=True)
    assert len(of_trap(run(running, 1))) == 1


def test_a_fault_needs_a_trap_with_the_sensor() -> None:
    running = fleet()
    with pytest.raises(NotFoundError, match="T999999 is not in this county"):
        running.inject(Fault.SILENCE, "T999999", fill_s=30.0, clear=False)
    bare = {t.code for t in COUNTY.traps} - {d.trap_code for d in COUNTY.devices}
    with pytest.raises(NotFoundError, match="has no device"):
        running.inject(Fault.SILENCE, min(bare), fill_s=30.0, clear=False)
    coverless = next(d.trap_code for d in COUNTY.devices if not d.has_cover)
    with pytest.raises(InvalidRequestError, match="no cover sensor; T"):
        running.inject(Fault.COVER_OPEN, coverless, fill_s=30.0, clear=False)
    with pytest.raises(InvalidRequestError, match="fill_s"):
        running.inject(Fault.BLOCKAGE, TRAP, fill_s=0.0, clear=False)


def level_mm(running: Fleet) -> float:
    place = next(n for n, d in enumerate(COUNTY.devices) if d.trap_code == TRAP)
    return float(running.state.level_mm[place])


def test_a_leak_falls_below_the_outlet_at_night_and_is_tight_when_cleared() -> None:
    running = fleet()
    run(running, 3 * 3_600, 10.0)
    before_mm = level_mm(running)
    running.inject(Fault.LEAK, TRAP, fill_s=30.0, clear=False)
    run(running, 3_600, 10.0)
    assert before_mm - level_mm(running) == pytest.approx(30, abs=1)
    running.inject(Fault.LEAK, TRAP, fill_s=30.0, clear=True)
    fallen_mm = level_mm(running)
    run(running, 3_600, 10.0)
    assert level_mm(running) == pytest.approx(fallen_mm)


def test_a_bypassed_trap_gets_no_water_at_noon() -> None:
    noon = Fleet(COUNTY, 1, START_US + 12 * 3_600 * SECOND_US)
    noon.inject(Fault.BYPASS, TRAP, fill_s=30.0, clear=False)
    run(noon, 1_800, 10.0)
    resting_mm = level_mm(noon)
    noon.inject(Fault.BYPASS, TRAP, fill_s=30.0, clear=True)
    run(noon, 1_800, 10.0)
    invert_mm = next(t.outlet_invert_mm for t in COUNTY.traps if t.code == TRAP)
    assert resting_mm - invert_mm < 1
    assert level_mm(noon) - invert_mm > 5


def test_a_crew_empties_a_trap_with_its_cover_open() -> None:
    running = fleet()
    run(running, 300)
    running.inject(Fault.PUMP_OUT, TRAP, fill_s=30.0, clear=False)
    reports = of_trap(run(running, 310))
    assert reports[0].cover_open is True
    assert reports[-1].cover_open is False
    assert level_mm(running) < 50
    running.inject(Fault.PUMP_OUT, TRAP, fill_s=30.0, clear=False)
    assert running.inject(Fault.PUMP_OUT, TRAP, fill_s=30.0, clear=True) == "pump stopped"
    assert of_trap(run(running, 2))[-1:] == []


def test_a_stuck_unit_repeats_itself_and_foam_is_seen_once() -> None:
    running = fleet()
    run(running, 3_600, 10.0)
    usual = {report.length_mm for report in of_trap(run(running, 3_600, 10.0))}
    running.inject(Fault.FOAM, TRAP, fill_s=30.0, clear=False)
    foamy = [report.length_mm for report in of_trap(run(running, 3_600, 10.0))]
    assert abs(foamy[0] - max(usual)) > 150
    assert all(abs(length - max(usual)) < 60 for length in foamy[1:])
    running.inject(Fault.STUCK, TRAP, fill_s=30.0, clear=False)
    assert len({report.length_mm for report in of_trap(run(running, 7_200, 10.0))}) == 1
    running.inject(Fault.STUCK, TRAP, fill_s=30.0, clear=True)
    assert len({report.length_mm for report in of_trap(run(running, 7_200, 10.0))}) > 1
