import math

import pytest

from core.instant import DAY_US, SECOND_US
from core.plausibility import LIMITS, assess_batch
from core.reading import Metric, Quality
from core.reading_batch import ReadingBatch

RECEIVED = 1_767_574_807_000_000
AHEAD, BEHIND = 300 * SECOND_US, 7 * DAY_US


def quality(
    metric: Metric, value: float, at_us: int = RECEIVED, said: Quality = Quality.GOOD
) -> Quality:
    batch = ReadingBatch.from_rows([(1, metric, at_us, value, said, RECEIVED)])
    return Quality(int(assess_batch(batch, AHEAD, BEHIND)[0]))


@pytest.mark.parametrize("metric", list(Metric))
def test_both_limits_of_every_metric_are_possible_and_nothing_beyond(metric: Metric) -> None:
    low, high = LIMITS[metric]
    assert quality(metric, low) is Quality.GOOD
    assert quality(metric, high) is Quality.GOOD
    assert quality(metric, math.nextafter(low, -math.inf)) is Quality.BAD_VALUE
    assert quality(metric, math.nextafter(high, math.inf)) is Quality.BAD_VALUE
    assert quality(metric, math.nan) is Quality.BAD_VALUE


@pytest.mark.parametrize(
    ("offset_us", "expected"),
    [
        (AHEAD, Quality.GOOD),
        (AHEAD + 1, Quality.BAD_CLOCK),
        (-BEHIND, Quality.GOOD),
        (-BEHIND - 1, Quality.BAD_CLOCK),
    ],
)
def test_the_clock_has_two_limits(offset_us: int, expected: Quality) -> None:
    assert quality(Metric.LEVEL_MM, 600.0, RECEIVED + offset_us) is expected


def test_what_the_device_says_about_itself_is_kept() -> None:
    said = Quality.SENSOR_FAULT
    assert quality(Metric.DISTANCE_MM, math.nan, at_us=0, said=said) is said


def test_a_bad_clock_outweighs_a_bad_value() -> None:
    assert quality(Metric.LEVEL_MM, 1e9, at_us=0) is Quality.BAD_CLOCK
