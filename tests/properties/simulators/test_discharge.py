from datetime import UTC, datetime

import numpy as np
import pytest

from core.instant import DAY_US, HOUR_US, MINUTE_US, to_us
from simulators.course import STEPS_AN_HOUR, play
from simulators.discharge import FlowEdges, day_edges, water_factors
from simulators.kitchen import KITCHEN_TYPES, LOCAL_OFFSET_US
from simulators.names import OPENING
from simulators.observed import ObservedFleet
from simulators.plan.model import Plan

MONDAY = (to_us(datetime(2026, 3, 9, tzinfo=UTC))) // DAY_US
START_US = MONDAY * DAY_US - LOCAL_OFFSET_US
FLEET = ObservedFleet.make(3, 80)
DAYS = 8


@pytest.fixture(scope="module")
def litres() -> np.ndarray:
    """Litres that reach the sewer by day, minute and trap, without pump-outs and faults."""
    plan = Plan(FLEET, START_US, START_US + DAYS * DAY_US, 300_000_000, triggered=True)
    plan.verified_us = {place: [START_US - DAY_US] for place in range(len(FLEET))}
    hours = [hour.outflow_lps for hour in play(plan, np.random.default_rng(5))]
    flow_lps = np.concatenate(hours).reshape(-1, 6, len(FLEET))
    return (flow_lps.sum(axis=1) * 10).reshape(DAYS, 1_440, len(FLEET))


def clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


@pytest.mark.parametrize("kind", KITCHEN_TYPES)
def test_water_is_used_within_the_opening_windows_of_the_register(
    kind: str, litres: np.ndarray
) -> None:
    """The tail of cleaning ends 90 minutes after closing time."""
    (window,) = OPENING[kind]
    opens, closes = clock(window["from"]), clock(window["to"])
    closes += 1_440 if closes < opens else 0
    mine = litres[:, :, FLEET.type_index == KITCHEN_TYPES.index(kind)].sum(axis=2)
    ahead = mine.ravel()[: (DAYS - 1) * 1_440 + 720]
    minute = np.arange(len(ahead)) % 1_440
    within = (minute >= opens) & (minute < closes + 90) | (minute < closes + 90 - 1_440)
    assert ahead[~within].sum() < 0.01 * ahead.sum()
    assert ahead[within].sum() > 0
    if window["days"] == "mo-fr":
        assert mine[5:7].sum() < 0.01 * mine[:5].sum()


def test_a_weeks_water_is_that_of_its_meals(litres: np.ndarray) -> None:
    ratio = litres[:7].sum(axis=(0, 1)) / 7 / FLEET.water_l
    assert 0.85 < np.median(ratio[FLEET.type_index != KITCHEN_TYPES.index("canteen")]) < 1.1
    daily = litres[:5].sum(axis=1) / FLEET.water_l
    assert 0.05 < np.std(np.log(daily[:, FLEET.type_index == 1]), axis=0).mean() < 0.3


def test_service_rarely_uses_what_a_trap_is_rated_for(litres: np.ndarray) -> None:
    """For ten minutes on end: on less than one of a hundred days; and then hardly more."""
    ten = litres.reshape(DAYS, 144, 10, -1).sum(axis=2) / 600
    over = (ten > FLEET.rated_lps).any(axis=1)
    assert over.mean() < 0.03
    assert (ten / FLEET.rated_lps).max() < 1.25


def test_a_day_carries_its_water_and_ends_all_that_it_begins() -> None:
    water_l = np.full(40, 5_000.0)
    kinds = np.arange(40) % len(KITCHEN_TYPES)
    edges = day_edges(water_l, kinds, 0, np.random.default_rng(1))
    assert np.all(np.diff(edges.step) >= 0)
    assert np.bincount(edges.place, edges.change_lps) == pytest.approx(np.zeros(40), abs=0)
    burst_l = -(edges.step * 10.0 * edges.change_lps).sum()
    assert burst_l == pytest.approx(0.48 * water_l.sum(), rel=0.1)


def test_edges_split_at_a_step() -> None:
    edges = FlowEdges.joined(
        [FlowEdges.of(np.array([5, 1]), np.array([2, 9]), np.array([0, 1]), np.array([0.5, 0.25]))]
    )
    before, after = edges.split(7)
    assert before.step.tolist() == [1, 5]
    assert after.step.tolist() == [7, 10]


def test_canteens_shut_on_holidays_and_large_restaurants_fill() -> None:
    kinds = np.array([KITCHEN_TYPES.index(kind) for kind in ("canteen", "large")])
    labour_day = to_us(datetime(2026, 5, 1, tzinfo=UTC)) // DAY_US
    canteen, large = water_factors(kinds, labour_day - 7, 8, np.random.default_rng(1))[[0, -1]].T
    assert canteen[0] > 0
    assert canteen[1] == 0
    assert large[1] > 0.8


def test_hours_are_of_ten_second_steps() -> None:
    assert STEPS_AN_HOUR * 10 * 1_000_000 == HOUR_US == 60 * MINUTE_US
