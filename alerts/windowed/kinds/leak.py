"""Kind ``leak``: a trap that loses water at night (R10)."""

from typing import Annotated

import numpy as np
from pydantic import Field

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Count, Millimetres, TimingParameters
from alerts.windowed.digest import resting_level_mm
from alerts.windowed.history import Floats, Instants, TrapHistory
from alerts.windowed.indicator import Cadence, Indicator

_Slope = Annotated[float, Field(gt=0, le=500)]


class LeakParameters(TimingParameters):
    """What a leaking trap does at night.

    A steady fall between two slopes for ``night_h_min`` hours that ends ``below_mm`` under the
    level at rest, on ``nights_min`` of the last ``nights`` nights. Evaporation is about 0.2
    mm/h; below 1 mm/h nothing is said.
    """

    fall_mm_h_min: _Slope = 1.0
    fall_mm_h_max: _Slope = 60.0
    below_mm: Millimetres = 60.0
    night_h_min: Annotated[float, Field(gt=0, le=24)] = 3.0
    nights: Count = 3
    nights_min: Count = 2


def indicate(history: TrapHistory, instants: Instants, parameters: LeakParameters) -> Floats:
    """Return on how many of the last nights the level fell like that."""
    p = parameters
    leaky = []
    for number, day in enumerate(history.days):
        rest_mm = resting_level_mm(history.days[:number])
        leaky.append(
            np.nan
            if day.night_hours < p.night_h_min or np.isnan(day.night_fall_mm_h)
            else float(
                p.fall_mm_h_min <= day.night_fall_mm_h <= p.fall_mm_h_max
                and day.night_end_mm <= rest_mm - p.below_mm
            )
        )
    values = np.full(len(instants), np.nan)
    for n, newest in enumerate(history.day_at(instants).tolist()):
        if newest >= 0 and not np.isnan(leaky[newest]):
            values[n] = np.nansum(leaky[max(newest + 1 - p.nights, 0) : newest + 1])
    return values


def _limits(rule: RuleInForce, p: LeakParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, float(p.nights_min)),), 1.0


LEAK = Indicator(Cadence.DAILY, indicate, _limits)
