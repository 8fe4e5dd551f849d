"""Kind ``dry``: a kitchen that works while no water comes through its trap (R11)."""

from typing import Annotated

import numpy as np
from pydantic import Field

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Ratio, TimingParameters
from alerts.windowed.baselines import usual_volume_l
from alerts.windowed.history import Floats, Instants, TrapHistory
from alerts.windowed.indicator import Cadence, Indicator

_Litres = Annotated[float, Field(ge=0, le=1e6)]


class DryParameters(TimingParameters):
    """Discharge of a day as a share of what is usual on that weekday; few litres prove nothing."""

    raise_ratio: Ratio = 0.2
    clear_ratio: Ratio = 0.5
    online_ratio_min: Annotated[float, Field(gt=0, le=1)] = 0.9
    usual_l_min: _Litres = 50.0


def indicate(history: TrapHistory, instants: Instants, parameters: DryParameters) -> Floats:
    """Return the share of the usual discharge; NaN for closed days and days not watched."""
    values = np.full(len(instants), np.nan)
    for n, newest in enumerate(history.day_at(instants).tolist()):
        if newest < 1:
            continue
        day = history.days[newest]
        usual_l = usual_volume_l(history.days[: newest + 1])
        watched = day.was_open and day.online_ratio >= parameters.online_ratio_min
        if watched and usual_l >= parameters.usual_l_min:
            values[n] = day.volume_l / usual_l
    return values


def _limits(rule: RuleInForce, p: DryParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, p.raise_ratio),), p.clear_ratio


DRY = Indicator(Cadence.DAILY, indicate, _limits, is_falling=True)
