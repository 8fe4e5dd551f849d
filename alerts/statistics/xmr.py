"""XmR charts: what a series does by itself, and what would be news. Pure.

Centre and limits come from a baseline that was stated beforehand (Wheeler: limits are the mean
plus and minus 2.66 average moving ranges); they are never drawn anew because points left them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

#: 3 / d2 for ranges of two (d2 = 1.128).
LIMIT_FACTOR = 2.66
#: Fewest baseline points of limits worth drawing.
BASELINE_COUNT_MIN = 12

_RUN_COUNT = 8
_NEAR_COUNT, _NEAR_OF = 3, 4

Signal = Literal["outside", "run_of_8", "3_of_4_near_limit"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Natural process limits; ``lower`` may lie below what the series can reach."""

    mean: float
    moving_range: float
    lower: float
    upper: float


def limits_of(baseline: Sequence[float]) -> Limits:
    """Return the limits of a baseline in its order of time.

    Raises: ValueError: fewer than two points have no moving range.
    """
    if len(baseline) < 2:
        raise ValueError("a baseline of at least two points expected")
    mean = sum(baseline) / len(baseline)
    steps = [abs(after - before) for before, after in pairwise(baseline)]
    moving_range = sum(steps) / len(steps)
    reach = LIMIT_FACTOR * moving_range
    return Limits(mean, moving_range, mean - reach, mean + reach)


def signals_of(values: Sequence[float], limits: Limits) -> list[tuple[Signal, ...]]:
    """Return what each point of a series signals.

    ``outside``: beyond a limit. ``run_of_8``: the eighth or later in a row on one side of the mean.
    ``3_of_4_near_limit``: it and two of the three before it lie nearer to the same limit than to
    the mean.
    """
    return [_signals_at(values[: place + 1], limits) for place in range(len(values))]


def _signals_at(past: Sequence[float], limits: Limits) -> tuple[Signal, ...]:
    value = past[-1]
    found: list[Signal] = []
    if not limits.lower <= value <= limits.upper:
        found.append("outside")
    run = past[-_RUN_COUNT:]
    if len(run) == _RUN_COUNT and abs(sum(_side(one, limits) for one in run)) == _RUN_COUNT:
        found.append("run_of_8")
    near = [_near(one, limits) for one in past[-_NEAR_OF:]]
    if near[-1] and near.count(near[-1]) >= _NEAR_COUNT:
        found.append("3_of_4_near_limit")
    return tuple(found)


def _side(value: float, limits: Limits) -> int:
    return (value > limits.mean) - (value < limits.mean)


def _near(value: float, limits: Limits) -> int:
    """Return the side on which a value is nearer to the limit than to the mean, or 0."""
    half = (limits.upper - limits.mean) / 2
    return (value > limits.mean + half) - (value < limits.mean - half)
