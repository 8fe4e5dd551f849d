"""Kind ``off_hours``: water that is let in while nobody should work (R12)."""

from typing import Annotated

import numpy as np
from pydantic import Field

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Count, TimingParameters
from alerts.windowed.history import Floats, Instants, TrapHistory
from alerts.windowed.indicator import Cadence, Indicator
from alerts.windowed.trap_day import TrapDay


class OffHoursParameters(TimingParameters):
    """A night counts with ``night_l`` litres more than usual, or ``peak_lps`` over a quarter of an
    hour; a night with the cover open counts twice. ``nights_min`` within ``nights`` raise.
    """

    night_l: Annotated[float, Field(gt=0, le=1e6)] = 100.0
    peak_lps: Annotated[float, Field(gt=0, le=100)] = 0.1
    nights: Count = 3
    nights_min: Count = 2


def indicate(history: TrapHistory, instants: Instants, parameters: OffHoursParameters) -> Floats:
    """Return how many of the last nights count."""
    p = parameters
    counts = [_count(history.days[max(n - 14, 0) : n], day, p) for n, day in enumerate(history.days)]
    values = np.full(len(instants), np.nan)
    for n, newest in enumerate(history.day_at(instants).tolist()):
        if newest >= 0 and counts[newest] == counts[newest]:
            recent = counts[max(newest + 1 - p.nights, 0) : newest + 1]
            values[n] = np.nansum(recent)
    return values


def _count(before: list[TrapDay], day: TrapDay, p: OffHoursParameters) -> float:
    if np.isnan(day.night_l):
        return float("nan")
    usual_l = [d.night_l for d in before if not np.isnan(d.night_l)]
    extra_l = day.night_l - (float(np.median(usual_l)) if usual_l else 0.0)
    if extra_l < p.night_l and not (day.night_peak_lps >= p.peak_lps and extra_l > p.night_l / 2):
        return 0.0
    return 2.0 if day.night_cover_open else 1.0


def _limits(rule: RuleInForce, p: OffHoursParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, float(p.nights_min)),), 1.0


OFF_HOURS = Indicator(Cadence.DAILY, indicate, _limits)
