"""Kind ``tamper``: a sensor that was moved or blinded, or switched off again and again (R18).

A step or a flat line right after the cover was opened without an order; silences in service hours
that are not the gateway's. A crew at work does the same, hence the wording "suspected".
"""

from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Count, Millimetres, Ratio, Seconds, TimingParameters
from alerts.windowed.digest import GRID_US, cover_open_us
from alerts.windowed.history import Bools, Floats, Instants, Series, TrapHistory, newest_before
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import DAY_US, HOUR_US, SECOND_US
from core.reading import Metric


class TamperParameters(TimingParameters):
    """A lasting step of ``step_mm`` within ``within_s`` after the cover was seen open (more than
    ``draw_down_ratio`` of the depth downwards is a draw-down), or a line flat for ``flat_s``, ``flat_open_s`` of it in working hours;
    ``cuts_min`` silences of ``cut_s`` and less than ``cut_s_max`` in working hours in a week.
    """

    step_mm: Millimetres = 100.0
    within_s: Seconds = 600.0
    draw_down_ratio: Ratio = 0.55
    flat_s: Seconds = 14_400.0
    flat_open_s: Seconds = 5_400.0
    cuts_min: Count = 3
    cut_s_min: Seconds = 1_800.0
    cut_s_max: Seconds = 14_400.0
    keep_s: Seconds = 86_400.0
    look_h: Annotated[float, Field(gt=0, le=24)] = 1.0


class _Opening(NamedTuple):
    from_us: int
    to_us: int


def indicate(history: TrapHistory, instants: Instants, parameters: TamperParameters) -> Floats:
    """Return 1 while a suspicion is on record, else 0."""
    values = np.zeros(len(instants))
    keep_us = round(parameters.keep_s * SECOND_US)
    for due_us in [
        *_touched_us(history, parameters),
        *_cut_us(history, parameters),
    ]:
        values[(instants >= due_us) & (instants < due_us + keep_us)] = 1.0
    # Afterwards nobody knows until the level moves around the outlet again.
    return np.where((values == 0.0) & ~_is_as_usual(history, instants, parameters), np.nan, values)


def _is_as_usual(history: TrapHistory, instants: Instants, p: TamperParameters) -> Bools:
    """Return whether the level was near the outlet and moved within the last hours."""
    level = history.of(Metric.LEVEL_MM)
    near = level.at_us[np.abs(level.value - history.outlet_invert_mm) < 0.6 * p.step_mm]
    turns = level.at_us[1:][np.diff(level.value) != 0.0]
    recent_us = instants - 6 * HOUR_US
    return (newest_before(near, instants) >= recent_us) & (newest_before(turns, instants) >= recent_us)


def _touched_us(history: TrapHistory, p: TamperParameters) -> list[int]:
    """Return when each manipulation at an open cover could be told from work."""
    level = history.of(Metric.LEVEL_MM)
    found = []
    for opened in _openings(cover_open_us(history)):
        if any(
            work.from_us - HOUR_US <= opened.from_us <= work.to_us for work in history.works
        ):
            continue
        due_us = _step_due_us(history, level, opened, p) or _flat_due_us(history, level, opened, p)
        if due_us is not None:
            found.append(due_us)
    return found


def _openings(seen_us: Instants) -> list[_Opening]:
    """Return the times the cover was open, apart by an hour or more."""
    if not len(seen_us):
        return []
    breaks = np.flatnonzero(np.diff(seen_us) > HOUR_US)
    starts = np.concatenate([[0], breaks + 1])
    ends = np.concatenate([breaks, [len(seen_us) - 1]])
    return [
        _Opening(int(seen_us[a]), int(seen_us[b])) for a, b in zip(starts, ends, strict=True)
    ]


def _step_due_us(
    history: TrapHistory, level: Series, opened: _Opening, p: TamperParameters
) -> int | None:
    from_us = opened.to_us + round(p.within_s * SECOND_US)
    look_us = round(p.look_h * HOUR_US)
    before = level.between(opened.from_us - 2 * HOUR_US, opened.from_us + 1)
    after = level.between(from_us, from_us + look_us)
    if len(before.value) < 3 or len(after.value) < 3:
        return None
    if after.at_us[-1] - from_us < look_us * 0.8:
        return None  # not watched for long enough yet
    stood_mm = float(np.median(before.value[-6:]))
    step_mm = float(np.median(after.value)) - stood_mm
    if abs(step_mm) < p.step_mm:
        return None
    # Emptied, and filling up again since.
    lowest_mm = float(np.min(level.between(opened.from_us, from_us + look_us).value))
    if stood_mm - lowest_mm > p.draw_down_ratio * history.outlet_invert_mm:
        return None
    early_mm = float(np.median(after.value[: max(len(after.value) // 3, 1)]))
    if abs(early_mm - stood_mm) < 0.6 * abs(step_mm):
        return None  # water that rises or falls, not a sensor that was moved
    return from_us + look_us


def _flat_due_us(
    history: TrapHistory, level: Series, opened: _Opening, p: TamperParameters
) -> int | None:
    """Return when the level had been flat for long enough, also while the kitchen worked."""
    from_us = opened.to_us + round(p.within_s * SECOND_US)
    before = level.between(opened.from_us - 6 * HOUR_US, opened.from_us)
    after = level.between(from_us, from_us + DAY_US)
    if len(before.value) < 6 or len(after.value) < 6 or np.ptp(before.value) == 0.0:
        return None
    moved = np.flatnonzero(after.value != after.value[0])
    until_us = int(after.at_us[moved[0]] if len(moved) else after.at_us[-1])
    grid = np.arange(from_us, until_us, GRID_US)
    worked = np.cumsum(history.opening.open_mask(grid)) * GRID_US >= p.flat_open_s * SECOND_US
    proven = grid[worked & (grid - from_us >= p.flat_s * SECOND_US)]
    return int(proven[0]) if len(proven) else None


def _cut_us(history: TrapHistory, p: TamperParameters) -> list[int]:
    """Return when it was known that a week had had so many silences in working hours."""
    cuts = [
        (begin_us, day.ready_us)
        for day in history.days
        for begin_us, end_us in day.cuts_us
        if p.cut_s_min * SECOND_US <= end_us - begin_us <= p.cut_s_max * SECOND_US
    ]
    return [
        cuts[n][1]
        for n in range(p.cuts_min - 1, len(cuts))
        if cuts[n][0] - cuts[n - p.cuts_min + 1][0] <= 7 * DAY_US
    ]


def _limits(rule: RuleInForce, _p: TamperParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, 1.0),), 0.5


TAMPER = Indicator(Cadence.HOURLY, indicate, _limits)
