"""A count or a share against that of a base: 同比, 环比. Pure.

Rules of Chinese city management: a base under 20 gives counts but no percentage, a base of 0
neither (printed as "—"); two percentages differ by percentage points (百分点), never by percent.
"""

from dataclasses import dataclass
from typing import Literal

#: Smallest base of a percentage: below it chance alone moves it by tens of percent.
BASE_COUNT_MIN = 20

NoPercentReason = Literal["no_base", "base_below_20"]


@dataclass(frozen=True, slots=True)
class Change:
    """A count against that of a base; ``percent`` is None where ``no_percent`` says why."""

    base_count: int
    difference: int
    percent: float | None
    no_percent: NoPercentReason | None


def compare(count: int, base_count: int) -> Change:
    """Return how a count relates to its base.

    The change is exact: ``(count - base_count) / base_count`` in percent, rounded to 0.01.
    """
    reason: NoPercentReason | None = None
    if base_count == 0:
        reason = "no_base"
    elif base_count < BASE_COUNT_MIN:
        reason = "base_below_20"
    difference = count - base_count
    percent = None if reason else round(100 * difference / base_count, 2)
    return Change(base_count, difference, percent, reason)


def share_percent(part: int, whole: int) -> float | None:
    """Return a part in percent of its whole, rounded to 0.01; None of a whole under 20."""
    return None if whole < BASE_COUNT_MIN else round(100 * part / whole, 2)


def percentage_points(percent: float | None, base_percent: float | None) -> float | None:
    """Return the difference of two percentages in percentage points; None: one is missing."""
    if percent is None or base_percent is None:
        return None
    return round(percent - base_percent, 2)
