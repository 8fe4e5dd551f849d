from datetime import UTC, datetime

import numpy as np
import pytest

from core.instant import HOUR_US, SECOND_US, to_us
from simulators.county import make_county
from simulators.fleet import Fleet
from simulators.kitchen import KITCHEN_TYPES, LOCAL_OFFSET_US, Kitchens

MIDNIGHT_US = to_us(datetime(2026, 1, 5, tzinfo=UTC)) - LOCAL_OFFSET_US


def day_of(kind: str, count: int = 400, water_l: float = 5_000.0) -> np.ndarray:
    """Litres by local hour and kitchen, shape (24, count)."""
    kitchens = Kitchens.idle(np.full(count, water_l), np.full(count, KITCHEN_TYPES.index(kind)))
    rng = np.random.default_rng(1)
    litres = np.zeros((24, count))
    for step in range(24 * 360):
        at_us = MIDNIGHT_US + step * 10 * SECOND_US
        litres[step // 360] += kitchens.draw(at_us, 10.0, rng) * 10.0
    return litres


@pytest.mark.parametrize("kind", KITCHEN_TYPES)
def test_a_day_carries_the_days_water(kind: str) -> None:
    assert day_of(kind).sum(axis=0).mean() == pytest.approx(5_000, rel=0.03)


def test_kitchens_work_at_their_meal_times() -> None:
    large, night = day_of("large").sum(axis=1), day_of("night_market").sum(axis=1)
    assert large[11:13].min() > 20 * max(large[15], 1.0)
    assert large[18] > 0
    assert large[2:10].sum() == 0
    assert night[22] > 0
    assert night[0] > 0
    assert night[2:16].sum() == 0


def test_flow_is_intermittent() -> None:
    kitchens = Kitchens.idle(np.array([8_000.0]), np.array([0]))
    rng = np.random.default_rng(2)
    noon_us = MIDNIGHT_US + 12 * HOUR_US
    flows = np.array(
        [kitchens.draw(noon_us + step * 5 * SECOND_US, 5.0, rng)[0] for step in range(720)]
    )
    assert flows.max() < 1.5
    assert flows.max() > 2 * flows.mean()
    assert np.median(flows) < flows.mean()


def test_a_shut_kitchen_is_dry() -> None:
    kitchens = Kitchens.idle(np.zeros(3), np.zeros(3, dtype=np.intp))
    rng = np.random.default_rng(3)
    noon_us = MIDNIGHT_US + 12 * HOUR_US
    assert kitchens.draw(noon_us, 5.0, rng).tolist() == [0.0, 0.0, 0.0]


def test_a_healthy_day_stays_below_the_warning() -> None:
    fleet = Fleet(make_county(), seed=1, start_us=MIDNIGHT_US)
    highest_mm = np.zeros(len(fleet))
    for _ in range(24 * 180):
        fleet.step(20.0)
        highest_mm = np.maximum(highest_mm, fleet.state.surcharge_mm)
    assert highest_mm.max() < 85  # 100 mm less the noise of the worst sensor
    assert np.median(highest_mm) > 20
    assert fleet.state.spilled_l.sum() == 0
