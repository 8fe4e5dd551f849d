import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.physics import FleetState, advance, steady_head_mm


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
