from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.physics import (
    DN150_LPS_PER_M15,
    OUTLET_LPS_PER_M15,
    Bounds,
    Course,
    FleetState,
    Floats,
    advance,
    discharged_lps,
    layers_after,
    pass_through,
    steady_head_mm,
)


def one(
    area_m2: float = 0.45, level_mm: float = 600, blockage: float = 0.0, cover_mm: float = 900
) -> FleetState:
    state = FleetState.at_rest(np.array([600.0]), np.array([cover_mm]), np.array([area_m2]))
    state.level_mm[0] = level_mm
    state.blockage[0] = blockage
    return state


def run(state: FleetState, inflow_lps: float, duration_s: float = 3_600) -> FleetState:
    return advance(state, np.array([inflow_lps]), duration_s)


@pytest.mark.parametrize(
    ("inflow_lps", "head_mm"), [(0.1, 13), (0.3, 23), (0.56, 32), (1.0, 43), (2.0, 62)]
)
def test_heads_of_a_healthy_trap_are_those_of_critical_depth(
    inflow_lps: float, head_mm: float
) -> None:
    """The 3/2 law is fitted at 0.56 L/s; a round pipe is wider further up, so it drifts."""
    state = run(one(), inflow_lps)
    assert state.surcharge_mm[0] == pytest.approx(head_mm, rel=0.25)
    assert state.surcharge_mm[0] == pytest.approx(steady_head_mm(inflow_lps), abs=0.1)
    assert run(state, inflow_lps).outflow_lps[0] == pytest.approx(inflow_lps)


@pytest.mark.parametrize(
    ("blockage", "head_mm"), [(0.0, 32), (0.5, 51), (0.8, 94), (0.9, 149), (0.95, 236)]
)
def test_blockage_raises_the_head_and_is_nearly_invisible_until_80_percent(
    blockage: float, head_mm: float
) -> None:
    assert run(one(blockage=blockage), 0.56).surcharge_mm[0] == pytest.approx(head_mm, abs=1)
    assert steady_head_mm(0.56, blockage) == pytest.approx(head_mm, abs=1)


def test_a_shut_outlet_fills_the_trap_at_the_rate_of_its_inflow() -> None:
    state = run(one(area_m2=1.0, blockage=1.0), 0.3, 60)
    assert state.surcharge_mm[0] == pytest.approx(18)  # 1 m2 at 0.3 L/s: 18 mm/min
    assert state.outflow_lps[0] == pytest.approx(0)
    assert steady_head_mm(0.3, 1.0) == float("inf")


def test_above_the_cover_it_spills_and_the_level_stays() -> None:
    full = run(one(area_m2=1.0, blockage=1.0), 0.3, 1_000)
    assert full.level_mm[0] == pytest.approx(900)
    assert full.spilled_l[0] == pytest.approx(0)
    over = run(full, 0.3, 100)
    assert over.level_mm[0] == 900
    assert over.freeboard_left_mm[0] == 0
    assert over.spilled_l[0] == pytest.approx(30)


def test_below_the_outlet_nothing_leaves() -> None:
    state = run(one(area_m2=1.0, level_mm=200), 0.5, 100)
    assert state.level_mm[0] == pytest.approx(250)
    assert state.outflow_lps[0] == 0
    assert state.surcharge_mm[0] == pytest.approx(-350)


@pytest.mark.parametrize("dt_s", [1.0, 10.0, 60.0, 600.0])
def test_long_steps_swing_no_more_than_short_ones(dt_s: float) -> None:
    """Explicit Euler at 60 s invents swings of 131 mm here; the true maximum is 46 mm."""
    state = one()
    highest = 0.0
    for inflow_lps in (1.0, 0.0, 0.9, 0.1, 1.0, 0.0):
        for _ in range(round(600 / dt_s)):
            state = run(state, inflow_lps, dt_s)
            highest = max(highest, float(state.surcharge_mm[0]))
            assert state.surcharge_mm[0] >= 0
    assert highest == pytest.approx(46, abs=1.5)


@pytest.mark.parametrize(
    ("area_m2", "inflow_lps", "minutes"), [(1.0, 0.298, 16.8), (0.45, 0.237, 9.5)]
)
def test_a_shut_outlet_spills_within_minutes(
    area_m2: float, inflow_lps: float, minutes: float
) -> None:
    state = one(area_m2=area_m2, blockage=1.0)
    assert run(state, inflow_lps, (minutes - 0.2) * 60).spilled_l[0] == 0
    assert run(state, inflow_lps, (minutes + 0.2) * 60).spilled_l[0] > 0


@pytest.mark.parametrize("blockage", [0.0, 0.8])
def test_250_mm_of_grease_lift_the_surface_by_25_mm(blockage: float) -> None:
    greasy = replace(one(blockage=blockage), fog_mm=np.array([250.0]))
    lifted = run(greasy, 0.3).level_mm[0] - run(one(blockage=blockage), 0.3).level_mm[0]
    assert lifted == pytest.approx(25, abs=0.1)


@pytest.mark.parametrize(("inflow_lps", "minutes"), [(0.1, 75), (0.3, 25)])
def test_an_emptied_trap_stays_low_until_kitchen_water_has_refilled_it(
    inflow_lps: float, minutes: float
) -> None:
    state = one(area_m2=0.75, level_mm=0.0)  # 450 L up to the outlet
    before = run(state, inflow_lps, (minutes - 1) * 60)
    assert before.surcharge_mm[0] < 0
    assert before.outflow_lps[0] == pytest.approx(0)
    assert run(before, inflow_lps, 120).surcharge_mm[0] > 0


def test_a_leak_goes_on_below_the_outlet_and_stops_at_the_floor() -> None:
    leak_lps = 12 / 3_600 * 0.45  # 12 mm an hour
    state = replace(one(), drain_lps=np.array([leak_lps]))
    assert run(state, 0.0, 8 * 3_600).surcharge_mm[0] == pytest.approx(-96)
    assert run(replace(state, level_mm=np.array([5.0])), 0.0, 3_600).level_mm[0] == 0


def bounds(
    reference_mm: Floats, *, backs_up: bool = False, drain_lps: float = 0.0, low_mm: float = 0.0
) -> Bounds:
    count = len(reference_mm)
    return Bounds(
        reference_mm,
        backs_up=np.full(count, backs_up),
        blockage=np.zeros(count),
        outlet_lps_per_m15=np.full(count, OUTLET_LPS_PER_M15),
        drain_lps=np.full(count, drain_lps),
        low_mm=np.full(count, low_mm),
        cover_mm=np.full(count, 900.0),
        area_m2=np.array([0.3, 0.6, 1.2])[:count],
    )


def test_neighbours_of_a_sewer_that_backs_up_rise_together_without_any_inflow() -> None:
    course = Course.empty(360, 3)
    start_mm = np.full(3, 600.0)
    backed = bounds(np.full(3, 780.0), backs_up=True)
    last_mm = pass_through(start_mm, np.zeros((360, 3)), backed, 10.0, course)
    assert last_mm == pytest.approx([780.0] * 3, abs=1)
    assert np.ptp(course.level_mm[60]) < 3
    back_lps = discharged_lps(start_mm, np.zeros((360, 3)), backed, 10.0, course)
    assert back_lps.max() <= 1e-9


def test_a_pump_stops_at_its_foot_valve() -> None:
    course = Course.empty(90, 1)
    pumped = bounds(np.array([600.0]), drain_lps=0.5, low_mm=60.0)
    last_mm = pass_through(np.array([600.0]), np.zeros((90, 1)), pumped, 10.0, course)
    assert last_mm[0] == 60.0


def test_a_wider_outlet_needs_less_head() -> None:
    course = Course.empty(360, 1)
    wide = replace(bounds(np.array([600.0])), outlet_lps_per_m15=np.array([DN150_LPS_PER_M15]))
    last_mm = pass_through(np.array([600.0]), np.full((360, 1), 2.0), wide, 10.0, course)
    assert last_mm[0] - 600.0 == pytest.approx(54, rel=0.2)


def test_retention_falls_from_80_to_40_percent_between_a_quarter_and_half_full() -> None:
    depth, one_mm = np.full(5, 600.0), np.ones(5)
    fog_mm = np.array([0.0, 150.0, 225.0, 300.0, 545.0])
    after_mm, solids_mm = layers_after(fog_mm, np.zeros(5), depth, one_mm, one_mm)
    assert after_mm - fog_mm == pytest.approx([0.8, 0.8, 0.6, 0.4, 0.0])
    assert solids_mm == pytest.approx([0.8, 0.8, 0.6, 0.4, 0.0])


@settings(max_examples=60, deadline=None)
@given(
    level_mm=st.floats(0, 900),
    sewer_mm=st.floats(-200, 280),
    drain_lps=st.floats(0, 2),
    inflows_lps=st.lists(st.floats(0, 3), min_size=1, max_size=40),
)
def test_no_water_is_made_or_lost_while_sewers_back_up_and_pumps_run(
    level_mm: float, sewer_mm: float, drain_lps: float, inflows_lps: list[float]
) -> None:
    around = bounds(np.array([600.0 + sewer_mm]), backs_up=sewer_mm > 0, drain_lps=drain_lps)
    course = Course.empty(len(inflows_lps), 1)
    inflow_lps = np.array(inflows_lps)[:, None]
    start_mm = np.array([level_mm])
    last_mm = pass_through(start_mm, inflow_lps, around, 10.0, course)
    out_lps = discharged_lps(start_mm, inflow_lps, around, 10.0, course)
    spilled_mm = np.maximum(course.raised_mm - 900.0, 0.0).sum()
    not_drained_mm = np.maximum(-course.raised_mm, 0.0).sum()
    moved_l = 10.0 * (inflow_lps.sum() - out_lps.sum() - drain_lps * len(inflows_lps))
    stored_mm = last_mm[0] - level_mm
    assert stored_mm + spilled_mm - not_drained_mm == pytest.approx(moved_l / 0.3, abs=1e-6)
    assert np.all((course.level_mm >= 0) & (course.level_mm <= 900))


@settings(max_examples=100, deadline=None)
@given(
    area_m2=st.floats(0.2, 2.0),
    level_mm=st.floats(0, 900),
    blockage=st.floats(0, 1),
    inflows_lps=st.lists(st.floats(0, 3), min_size=1, max_size=20),
    dt_s=st.floats(0.5, 120),
)
def test_no_water_is_made_or_lost(
    area_m2: float, level_mm: float, blockage: float, inflows_lps: list[float], dt_s: float
) -> None:
    state = one(area_m2, level_mm, blockage)
    entered_l = left_l = 0.0
    for inflow_lps in inflows_lps:
        state = run(state, inflow_lps, dt_s)
        entered_l += inflow_lps * dt_s
        left_l += float(state.outflow_lps[0]) * dt_s
        assert state.outflow_lps[0] >= -1e-9
        assert 0 <= state.level_mm[0] <= 900
    stored_l = (float(state.level_mm[0]) - level_mm) * area_m2
    assert stored_l + left_l + float(state.spilled_l[0]) == pytest.approx(entered_l, abs=1e-6)
