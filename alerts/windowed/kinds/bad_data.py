"""Kind ``bad_data``: a level that cannot be true, or does not move (R15).

A probe with steps of 1 cm lies flat at night, so a flat line counts only over times at which the
kitchen worked.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Count, Millimetres, Seconds, TimingParameters
from alerts.windowed.digest import GRID_US
from alerts.windowed.history import Bools, Floats, Instants, TrapHistory, newest_before
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import HOUR_US, MINUTE_US, SECOND_US
from core.reading import Metric

_SESSION_LPS = 0.05


class BadDataParameters(TimingParameters):
    """``bad_min`` bad readings within ``bad_within_s`` and none good since; the level out of
    [0, cover + ``over_mm``] or at zero for ``zero_s``; or flat for ``flat_s`` while the meter saw
    ``sessions_min`` discharges, ``flat_unmetered_s`` in working hours without a meter.
    """

    bad_min: Count = 3
    bad_within_s: Seconds = 7_200.0
    over_mm: Millimetres = 50.0
    zero_s: Seconds = 7_200.0
    flat_s: Seconds = 86_400.0
    flat_unmetered_s: Seconds = 172_800.0
    sessions_min: Count = 3
    open_h_min: Annotated[float, Field(ge=0, le=48)] = 6.0


def indicate(history: TrapHistory, instants: Instants, parameters: BadDataParameters) -> Floats:
    """Return 1 where the level cannot be believed, 0 where it can, NaN where it is not heard."""
    level = history.of(Metric.LEVEL_MM)
    within_us = round(parameters.bad_within_s * SECOND_US)
    bad = _count_between(history.bad_us, instants - within_us, instants) >= parameters.bad_min
    # Bad readings between good ones are the blind zone or foam; a dead sensor has no good ones.
    good = _count_between(level.at_us, instants - within_us, instants)
    broken = bad & (good == 0)
    flat_us = _flat_since_us(level.at_us, level.value, instants)
    fresh = (good > 0) | broken
    zero = (level.latest(instants, within_us) <= 0.0) & (
        instants - flat_us >= parameters.zero_s * SECOND_US
    )
    stuck = _is_stuck(history, instants, flat_us, parameters)
    return np.where(fresh, (broken | zero | stuck | _beyond(history, instants, parameters)), np.nan)


def _count_between(moments: Instants, from_us: Instants, to_us: Instants) -> Instants:
    first = np.searchsorted(moments, from_us, side="right")
    return np.searchsorted(moments, to_us, side="right") - first


def _flat_since_us(at_us: Instants, value: Floats, instants: Instants) -> Instants:
    """Return since when the level has had the value it has at each instant."""
    if not len(at_us):
        return instants.copy()
    turns = at_us[np.flatnonzero(np.diff(value, prepend=np.nan) != 0.0)]
    return np.minimum(np.maximum(newest_before(turns, instants), at_us[0]), instants)


def _is_stuck(
    history: TrapHistory, instants: Instants, flat_us: Instants, p: BadDataParameters
) -> Bools:
    flow = history.of(Metric.FLOW_LPS)
    long = instants - flat_us >= p.flat_s * SECOND_US
    if not long.any():
        return long
    if len(flow.at_us):
        runs = flow.value >= _SESSION_LPS
        begins = flow.at_us[runs & ~np.concatenate([[False], runs[:-1]])]
        return long & (_count_between(begins, flat_us, instants) >= p.sessions_min)
    long = instants - flat_us >= p.flat_unmetered_s * SECOND_US
    if not long.any():
        return long
    grid = np.arange(flat_us[long].min(), instants[-1] + 1, GRID_US)
    is_open = history.opening.open_mask(grid)
    for closure in history.closures:
        is_open &= ~((grid >= closure.from_us) & (grid < closure.to_us))
    open_h = _count_between(grid[is_open], flat_us, instants) * (GRID_US / HOUR_US)
    return long & (open_h >= p.open_h_min)


def _beyond(history: TrapHistory, instants: Instants, p: BadDataParameters) -> Bools:
    trap = history.subject.trap
    assert trap is not None, "a history is of a trap"
    level = history.of(Metric.LEVEL_MM)
    beyond = level.at_us[level.value > trap.cover_mm + p.over_mm]
    return _count_between(beyond, instants - 30 * MINUTE_US, instants) >= p.bad_min


def _limits(rule: RuleInForce, _p: BadDataParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, 1.0),), 0.5


BAD_DATA = Indicator(Cadence.HOURLY, indicate, _limits)
