"""Time-between-events (t) charts, for what happens too rarely to be counted by months. Pure.

Days between events are far from normal; to the power 1/3.6 they nearly are (Nelson 1994), so the
XmR chart of the powers is the chart, drawn back in days. A pause above the upper limit is good
news.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from alerts.statistics.xmr import BASELINE_COUNT_MIN, Limits, Signal, limits_of, signals_of

#: Mean count of a period below which a count chart's limits say nothing.
COUNT_MEAN_MIN = 5
_POWER = 1 / 3.6


@dataclass(frozen=True, slots=True)
class Pause:
    """Days from one event to the next, which came on ``day``; two on one day: half a day."""

    day: date
    pause_days: float
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class PauseChart:
    """Pauses in order of time, with limits in days from those that ended in the baseline."""

    centre_days: float
    lower_days: float
    upper_days: float
    pauses: tuple[Pause, ...]


def pause_chart(days: Sequence[date], baseline_end: date) -> PauseChart | None:
    """Return the chart of events in order of time; None: too few before ``baseline_end``."""
    pauses = [max((after - before).days, 0.5) for before, after in pairwise(days)]
    powers = [pause**_POWER for pause in pauses]
    baseline = [power for power, day in zip(powers, days[1:], strict=True) if day < baseline_end]
    if len(baseline) < BASELINE_COUNT_MIN:
        return None
    limits = limits_of(baseline)
    return PauseChart(
        centre_days=_back(limits.mean),
        lower_days=_back(limits.lower),
        upper_days=_back(limits.upper),
        pauses=_pauses(days[1:], pauses, powers, limits),
    )


def _pauses(
    days: Sequence[date], pauses: Sequence[float], powers: Sequence[float], limits: Limits
) -> tuple[Pause, ...]:
    signals = signals_of(powers, limits)
    return tuple(Pause(*found) for found in zip(days, pauses, signals, strict=True))


def _back(power: float) -> float:
    return float(max(power, 0.0) ** (1 / _POWER))
