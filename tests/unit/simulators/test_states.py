"""States of water that is made up: what is certain, what is borderline, what is nothing."""

import numpy as np
import pytest

from core.instant import DAY_US, HOUR_US, MINUTE_US
from simulators.course import STEPS_AN_HOUR, Hour
from simulators.history import DEFAULT_START_US
from simulators.observed import ObservedFleet
from simulators.plan.model import Plan
from simulators.states import StateWatch, label_grease
from simulators.truth import TrueEpisode

FLEET = ObservedFleet.make(1, 1)
SIGMA_MM = 5.0
LIMIT_MM = float(FLEET.alarm_mm[0] - FLEET.outlet_mm[0])
FREEBOARD_MM = float(FLEET.freeboard_mm[0])
RATED_LPS = float(FLEET.rated_lps[0])


def watch(
    surcharge_mm: np.ndarray, outflow_lps: np.ndarray | None = None, *, triggered: bool = True
) -> list[TrueEpisode]:
    """Return what is labelled of a course by sub-steps, from the start of an hour on."""
    plan = Plan(FLEET, DEFAULT_START_US, DEFAULT_START_US + DAY_US, 300_000_000, triggered)
    states = StateWatch(plan, np.array([SIGMA_MM]))
    hours = -(-len(surcharge_mm) // STEPS_AN_HOUR)
    level_mm = np.zeros(hours * STEPS_AN_HOUR)
    level_mm[: len(surcharge_mm)] = surcharge_mm
    raised_mm = (level_mm + FLEET.outlet_mm[0]).reshape(hours, STEPS_AN_HOUR, 1)
    flow = (
        np.zeros_like(raised_mm) if outflow_lps is None else np.resize(outflow_lps, raised_mm.shape)
    )
    for hour in range(hours):
        states.look(
            Hour(
                first_step=hour * STEPS_AN_HOUR,
                level_mm=np.minimum(raised_mm[hour], FLEET.cover_mm),
                raised_mm=raised_mm[hour],
                outflow_lps=flow[hour],
                discharged_l=flow[hour],
                fog_mm=np.zeros(1),
                solids_mm=np.zeros(1),
            )
        )
    states.label()
    return plan.truth


def hill(height_mm: float, minutes: float) -> np.ndarray:
    """Twenty quiet minutes, a step up for some minutes, and down again."""
    return np.concatenate([np.full(120, 10.0), np.full(round(minutes * 6), height_mm), [10.0] * 60])


def kinds(episodes: list[TrueEpisode]) -> dict[str, str]:
    return {episode.kind: episode.grade for episode in episodes if episode.kind != "fast_rise"}


@pytest.mark.parametrize(
    ("height_mm", "minutes", "expected"),
    [
        (LIMIT_MM + 15, 12, {"surcharge": "certain"}),
        (LIMIT_MM + 15, 8, {"surcharge": "borderline"}),  # not for ten minutes
        (LIMIT_MM + 15, 4, {}),
        (LIMIT_MM + 5, 30, {"surcharge": "borderline"}),  # within two sigma
        (LIMIT_MM - 5, 30, {"surcharge": "borderline"}),
        (LIMIT_MM - 15, 30, {}),
        (0.9 * FREEBOARD_MM + 15, 3, {"overflow": "certain"}),
        (0.9 * FREEBOARD_MM + 5, 15, {"overflow": "borderline", "surcharge": "certain"}),
        (FREEBOARD_MM + 1, 15, {"overflow": "certain", "surcharge": "certain", "spill": "certain"}),
    ],
)
def test_a_level_is_certain_beyond_two_sigma_and_its_hold(
    height_mm: float, minutes: float, expected: dict[str, str]
) -> None:
    assert kinds(watch(hill(height_mm, minutes))) == expected


def test_polled_units_need_an_interval_more() -> None:
    course = hill(LIMIT_MM + 15, 12)
    assert kinds(watch(course, triggered=False)) == {"surcharge": "borderline"}
    assert kinds(watch(hill(LIMIT_MM + 15, 17), triggered=False)) == {"surcharge": "certain"}


def test_an_episode_has_the_bounds_of_its_state_also_across_hours() -> None:
    course = np.concatenate([np.full(350, 10.0), np.full(120, LIMIT_MM + 20), np.full(10, 10.0)])
    (episode,) = [e for e in watch(course) if e.kind == "surcharge"]
    assert episode.start_us == DEFAULT_START_US + 350 * 10_000_000
    assert episode.end_us == DEFAULT_START_US + 470 * 10_000_000
    assert episode.detail["reached"] is True
    assert episode.detail["peak_surcharge_mm"] == round(LIMIT_MM + 20)


def test_surcharges_half_an_hour_apart_are_one() -> None:
    part = hill(LIMIT_MM + 20, 15)
    assert [e.kind for e in watch(np.concatenate([part, part]))].count("surcharge") == 1
    far = np.concatenate([part, np.full(120, 10.0), part])
    assert [e.kind for e in watch(far)].count("surcharge") == 2


@pytest.mark.parametrize(
    ("mm_per_min", "grade"), [(18.0, "certain"), (8.5, "borderline"), (3.0, None)]
)
def test_a_fast_rise_is_projected_to_the_cover(mm_per_min: float, grade: str | None) -> None:
    minutes = np.arange(0, (FREEBOARD_MM - 2) / mm_per_min, 1 / 6)
    found = [e for e in watch(minutes * mm_per_min) if e.kind == "fast_rise"]
    assert [e.grade for e in found] == ([] if grade is None else [grade])


@pytest.mark.parametrize(
    ("ratio", "minutes", "grade"),
    [(1.2, 20, "certain"), (1.2, 12, "borderline"), (1.01, 40, "borderline"), (0.8, 60, None)],
)
def test_over_flow_needs_ten_minutes_and_an_interval(
    ratio: float, minutes: int, grade: str | None
) -> None:
    flow = np.zeros(2 * STEPS_AN_HOUR)
    flow[200 : 200 + 6 * minutes] = ratio * RATED_LPS
    found = [e for e in watch(np.zeros(2 * STEPS_AN_HOUR), flow) if e.kind == "over_flow"]
    assert [e.grade for e in found] == ([] if grade is None else [grade])


@pytest.mark.parametrize(
    ("high", "grade"), [(0.25, "certain"), (0.205, "borderline"), (0.195, "borderline"), (0.15, "")]
)
def test_grease_is_a_median_of_a_day(high: float, grade: str) -> None:
    plan = Plan(FLEET, DEFAULT_START_US, DEFAULT_START_US + 6 * DAY_US, 300_000_000, triggered=True)
    filled = np.full((144, 1), 0.1)
    filled[48:120] = high
    label_grease(plan, filled, np.array([0.01]))
    assert [e.grade for e in plan.truth] == ([grade] if grade else [])
    if grade == "certain":
        # Thirteen of twenty-four hours make the median.
        late_us = plan.truth[0].start_us - (DEFAULT_START_US + 48 * HOUR_US)
        assert 11 * HOUR_US <= late_us <= 13 * HOUR_US + MINUTE_US
