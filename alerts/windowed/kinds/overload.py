"""Kind ``overload``: more water than the trap was built for (R13)."""

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Ratio, Seconds, TimingParameters
from alerts.windowed.history import Floats, Instants, Series, TrapHistory
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import HOUR_US, MINUTE_US, SECOND_US
from core.reading import Metric


class OverloadParameters(TimingParameters):
    """Mean flow over ``over_s`` as a share of the rated flow.

    ``residence_s_min`` bounds it by the trap's volume as well: residence time is volume over flow
    (GB 50015 practice: 2 to 10 min). A sink that is emptied makes a peak of one to three
    minutes, which the mean passes over.
    """

    raise_rated_ratio: Ratio = 1.0
    clear_rated_ratio: Ratio = 0.8
    over_s: Seconds = 600.0
    residence_s_min: Annotated[float, Field(gt=0, le=3_600)] | None = None

    @model_validator(mode="after")
    def _clear_excludes_raise(self) -> "OverloadParameters":
        if self.clear_rated_ratio > self.raise_rated_ratio:
            raise ValueError("clear_rated_ratio: at most raise_rated_ratio expected")
        return self


def indicate(history: TrapHistory, instants: Instants, parameters: OverloadParameters) -> Floats:
    """Return the mean flow as a share of what the trap may take; NaN where neither is known."""
    trap = history.subject.trap
    assert trap is not None, "a history is of a trap"
    limits = [] if trap.rated_flow_lps is None else [trap.rated_flow_lps]
    if parameters.residence_s_min is not None and trap.capacity_l > 0:
        limits.append(trap.capacity_l / parameters.residence_s_min)
    counter = history.of(Metric.VOLUME_L)
    if not limits or not len(counter.at_us):
        return np.full(len(instants), np.nan)
    over_us = round(parameters.over_s * SECOND_US)
    ran_l = _counted(counter)
    # Between two readings the water is spread evenly, also at both ends of the window.
    moved_l = _at(ran_l, instants) - _at(ran_l, instants - over_us)
    fresh_us = 2 * history.report_interval_s * SECOND_US + MINUTE_US
    fresh = ~np.isnan(counter.latest(instants, fresh_us))
    return np.where(fresh, moved_l / parameters.over_s / min(limits), np.nan)


def _counted(counter: Series) -> Series:
    """Return what has run since the first reading.

    A counter that was reset goes on; what ran during a long silence counts as nothing.
    """
    litres = np.diff(counter.value, prepend=counter.value[:1])
    apart = np.diff(counter.at_us, prepend=counter.at_us[:1])
    return Series(
        counter.at_us, np.cumsum(np.where((litres > 0) & (apart <= HOUR_US), litres, 0.0))
    )


def _at(counted: Series, instants: Instants) -> Floats:
    return np.interp(instants, counted.at_us, counted.value)


def _limits(rule: RuleInForce, p: OverloadParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, p.raise_rated_ratio),), p.clear_rated_ratio


OVERLOAD = Indicator(Cadence.FREQUENT, indicate, _limits)
