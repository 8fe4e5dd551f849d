"""Kind ``grease``: how much of the depth grease and solids have taken (R06).

By probe the median of 24 hours, which turbulence does not move; or an inspector's dip. Level
alone cannot say it: grease swims on the water and hardly lifts it.
"""

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import TimingParameters
from alerts.windowed.history import Floats, Instants, Series, TrapHistory, newest_before
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import DAY_US, MINUTE_US
from core.reading import Metric

_Share = Annotated[float, Field(gt=0, le=1)]
_SAMPLES_MIN = 12


class GreaseParameters(TimingParameters):
    """Shares of the depth: ``warn_ratio`` (severity of the rule), ``due_ratio`` (orange)."""

    warn_ratio: _Share = 0.20
    due_ratio: _Share = 0.25
    clear_ratio: _Share = 0.15

    @model_validator(mode="after")
    def _in_order(self) -> "GreaseParameters":
        if not self.clear_ratio <= self.warn_ratio < self.due_ratio:
            raise ValueError("clear_ratio <= warn_ratio < due_ratio expected")
        return self


def indicate(history: TrapHistory, instants: Instants, _parameters: GreaseParameters) -> Floats:
    """Return the share of the depth that is grease and solids."""
    values = np.full(len(instants), np.nan)
    for dip in history.dips:
        on = (instants >= dip.at_us) & (instants < dip.at_us + DAY_US)
        values[on] = (dip.fog_mm + dip.solids_mm) / history.outlet_invert_mm
    probe = _filled(history)
    first = np.searchsorted(probe.at_us, instants - DAY_US, side="right")
    last = np.searchsorted(probe.at_us, instants, side="right")
    since = _last_pump_out_us(history, instants)
    for n in np.flatnonzero(last - first >= _SAMPLES_MIN).tolist():
        # A pump-out makes what was before it untrue.
        begin = max(first[n], int(np.searchsorted(probe.at_us, since[n])))
        if last[n] - begin >= _SAMPLES_MIN or begin > first[n]:
            window = probe.value[begin : last[n]]
            if len(window):
                values[n] = float(np.median(window))
    return values


def _filled(history: TrapHistory) -> Series:
    fog, solids = history.of(Metric.FOG_MM), history.of(Metric.SOLIDS_MM)
    other = solids.latest(fog.at_us, 30 * MINUTE_US)
    known = ~np.isnan(other)
    return Series(fog.at_us[known], (fog.value + other)[known] / history.outlet_invert_mm)


def _last_pump_out_us(history: TrapHistory, instants: Instants) -> Instants:
    return newest_before(np.array([out.at_us for out in history.pump_outs], np.int64), instants)


def _limits(rule: RuleInForce, p: GreaseParameters) -> tuple[tuple[Level, ...], float]:
    levels = (Level(rule.definition.severity, p.warn_ratio), Level("orange", p.due_ratio))
    return levels, p.clear_ratio


GREASE = Indicator(Cadence.HOURLY, indicate, _limits)
