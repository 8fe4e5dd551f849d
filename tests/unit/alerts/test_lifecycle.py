"""Every row of the alert semantics, and every cell of the table."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.lifecycle import (
    OK,
    ROWS,
    Effect,
    Phase,
    RuleState,
    Timing,
    Verdict,
    due_us,
    step,
    tick,
)

F, B, C = Verdict.FIRE, Verdict.BAND, Verdict.CLEAR
HELD = Timing(hold_us=100, samples_min=2, clear_hold_us=100, clear_samples_min=2, gap_us_max=60)
AT_ONCE = Timing(hold_us=0, samples_min=1, clear_hold_us=0, clear_samples_min=1, gap_us_max=60)


def run(
    timing: Timing, *readings: tuple[int, Verdict], state: RuleState = OK
) -> tuple[RuleState, list[tuple[int, int, Effect]]]:
    """Apply (time, verdict) readings; return the state and (time, row, effect) of each."""
    taken = []
    for at_us, verdict in readings:
        result = step(state, verdict, at_us, float(at_us), timing)
        state = result.state
        taken.append((at_us, result.row, result.effect))
    return state, taken


def test_row_1_no_hold_fires_at_once() -> None:
    state, taken = run(AT_ONCE, (10, F))
    assert taken == [(10, 1, Effect.FIRED)]
    assert (state.phase, state.since_us) == (Phase.FIRING, 10)


def test_row_2_a_hold_starts_pending() -> None:
    state, taken = run(HELD, (10, F))
    assert taken == [(10, 2, Effect.NONE)]
    assert (state.phase, state.since_us, state.sample_count) == (Phase.PENDING, 10, 1)


@pytest.mark.parametrize("verdict", [B, C])
def test_row_3_pending_is_aborted_by_anything_but_the_condition(verdict: Verdict) -> None:
    state, taken = run(HELD, (10, F), (20, verdict))
    assert taken[-1] == (20, 3, Effect.ABORTED)
    assert state == OK


def test_row_4_a_gap_restarts_the_hold() -> None:
    state, taken = run(HELD, (10, F), (71, F))
    assert taken[-1][1:] == (4, Effect.NONE)
    assert (state.since_us, state.sample_count) == (71, 1)


def test_a_reading_exactly_at_the_gap_is_continuous() -> None:
    state, _ = run(HELD, (10, F), (70, F))
    assert (state.since_us, state.sample_count) == (10, 2)


def test_row_5_the_hold_is_proven_by_readings_at_both_ends() -> None:
    state, taken = run(HELD, (0, F), (50, F), (99, F), (100, F))
    assert [row for _, row, _ in taken] == [2, 0, 0, 5]
    assert taken[-1][2] is Effect.FIRED
    assert (state.phase, state.since_us) == (Phase.FIRING, 0)


def test_row_5_asks_for_enough_samples() -> None:
    timing = HELD._replace(samples_min=4)
    _, taken = run(timing, (0, F), (60, F), (120, F), (121, F))
    assert [row for _, row, _ in taken] == [2, 0, 0, 5]


def test_rows_6_and_9_the_clear_hold_is_proven_too() -> None:
    firing, _ = run(HELD, (0, F), (50, F), (100, F))
    state, taken = run(HELD, (150, C), (200, C), (249, C), (250, C), state=firing)
    assert [row for _, row, _ in taken] == [6, 0, 0, 9]
    assert taken[-1][2] is Effect.RESOLVED
    assert state == OK


def test_row_6_without_clear_hold_is_row_9() -> None:
    _, taken = run(AT_ONCE, (10, F), (20, C))
    assert taken[-1] == (20, 9, Effect.RESOLVED)


@pytest.mark.parametrize("verdict", [F, B])
def test_row_7_a_relapse_goes_back_without_notice(verdict: Verdict) -> None:
    firing, _ = run(HELD, (0, F), (50, F), (100, F))
    state, taken = run(HELD, (150, C), (160, verdict), state=firing)
    assert taken[-1][1:] == (7, Effect.RELAPSED)
    assert (state.phase, state.relapse_count, state.since_us) == (Phase.FIRING, 1, 0)


def test_row_8_a_gap_restarts_the_clear_hold() -> None:
    firing, _ = run(HELD, (0, F), (50, F), (100, F))
    state, taken = run(HELD, (150, C), (300, C), state=firing)
    assert taken[-1][1:] == (8, Effect.NONE)
    assert (state.clear_since_us, state.clear_count) == (300, 1)


def test_the_hysteresis_band_neither_fires_nor_clears() -> None:
    assert run(HELD, (0, B), (50, B), (200, B))[0] == OK
    firing, _ = run(HELD, (0, F), (50, F), (100, F))
    state, taken = run(HELD, (110, B), (500, B), state=firing)
    assert [effect for _, _, effect in taken] == [Effect.NONE, Effect.NONE]
    assert state.phase is Phase.FIRING


def test_the_peak_is_kept_through_band_and_recovery() -> None:
    state = run(AT_ONCE, (900, F))[0]
    state = step(state, B, 901, 5.0, AT_ONCE).state
    assert (state.peak_value, state.last_value) == (900.0, 5.0)


@pytest.mark.parametrize(("phase", "verdict"), list(product(Phase, Verdict)))
def test_every_cell_has_a_row_without_guard(phase: Phase, verdict: Verdict) -> None:
    found = [row for row in ROWS if row.phase is phase and verdict in row.verdicts]
    assert found
    assert found[-1].guard == "", "the last resort must always match"
    assert all(row.guard for row in found[:-1]), "a row behind it could never be reached"


def test_every_numbered_row_of_the_semantics_is_in_the_table() -> None:
    assert {row.number for row in ROWS} == set(range(10))


LATCHED = Timing(
    hold_us=60, samples_min=1, clear_hold_us=30, clear_samples_min=1, gap_us_max=10, latched=True
)


def test_a_latched_state_holds_over_any_gap_and_the_clock_proves_it() -> None:
    pending, _ = run(LATCHED, (0, F))
    assert due_us(pending, LATCHED) == 60
    assert tick(pending, 59, LATCHED) is None
    fired = tick(pending, 1_000, LATCHED)
    assert fired is not None
    assert (fired.effect, fired.at_us, fired.state.phase) == (Effect.FIRED, 60, Phase.FIRING)
    recovering, _ = run(LATCHED, (2_000, C), state=fired.state)
    assert due_us(recovering, LATCHED) == 2_030
    resolved = tick(recovering, 2_030, LATCHED)
    assert resolved is not None
    assert (resolved.effect, resolved.at_us) == (Effect.RESOLVED, 2_030)


def test_the_clock_proves_nothing_for_rules_that_are_not_latched() -> None:
    pending, _ = run(HELD, (0, F))
    assert due_us(pending, HELD) is None
    assert tick(pending, 10**9, HELD) is None


@given(st.lists(st.tuples(st.integers(1, 120), st.sampled_from(Verdict)), max_size=60))
def test_an_episode_opens_before_it_resolves_and_only_once(
    steps: list[tuple[int, Verdict]],
) -> None:
    at_us, state, is_open = 0, OK, False
    for pause, verdict in steps:
        at_us += pause
        taken = step(state, verdict, at_us, 0.0, HELD)
        state = taken.state
        if taken.effect is Effect.FIRED:
            assert not is_open
            is_open = True
        if taken.effect is Effect.RESOLVED:
            assert is_open
            is_open = False
        assert is_open == (state.phase in {Phase.FIRING, Phase.RECOVERING})
        assert (state == OK) == (state.phase is Phase.OK)
