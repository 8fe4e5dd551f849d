"""Kind ``recession``: water that does not go away, or stands higher than it used to (R03).

Three signs of the same thing, each as a share of its own limit; the worst counts. The level does
not recede an hour after the flow has stopped. The level was not undercut for an hour and that is
far above what is usual. The head at a given flow has grown over several services.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Count, Millimetres, Seconds, TimingParameters
from alerts.windowed.baselines import head_growth, usual_sustained_mm
from alerts.windowed.digest import GRID_US, TAIL_US, resting_level_mm
from alerts.windowed.history import LONG_AGO_US, Bools, Floats, Instants, TrapHistory, newest_before
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import HOUR_US, MINUTE_US, SECOND_US
from core.reading import Metric

_Ratio = Annotated[float, Field(gt=1, le=20)]


class RecessionParameters(TimingParameters):
    """Limits of the three signs.

    ``raise_mm`` above rest ``after_s`` after flow fell below ``dry_lps``, cleared below
    ``clear_mm``. ``sustained_ratio`` and ``sustained_mm_min`` bound the level that was not
    undercut for an hour against its usual daily maximum; ``growth_ratio`` the head at a given
    flow, or the mean head where it exceeds ``head_mm_min``, against its baseline, on
    ``services_min`` services in a row.
    """

    raise_mm: Millimetres = 30.0
    clear_mm: Millimetres = 20.0
    after_s: Seconds = 3_600.0
    dry_lps: Annotated[float, Field(gt=0, le=10)] = 0.02
    sustained_ratio: _Ratio = 2.0
    sustained_mm_min: Millimetres = 45.0
    growth_ratio: _Ratio = 2.5
    services_min: Count = 2
    head_mm_min: Millimetres = 12.0


def indicate(history: TrapHistory, instants: Instants, parameters: RecessionParameters) -> Floats:
    """Return the worst sign's share of its limit."""
    fresh_us = 2 * history.report_interval_s * SECOND_US + MINUTE_US
    head_mm = history.of(Metric.LEVEL_MM).latest(instants, fresh_us) - history.outlet_invert_mm
    by_day = history.day_at(instants)
    rest_mm, usual_mm, growth = _of_days(history, set(by_day.tolist()) - {-1}, parameters)
    head_mm = head_mm - rest_mm[by_day]
    quiet = _is_quiet(history, instants, parameters)
    # Without a meter somebody may let water in at night: only what stays for an hour counts.
    over_us = 15 * MINUTE_US if len(history.of(Metric.FLOW_LPS).at_us) else HOUR_US
    stays_mm = _lowest_mm(history, instants, over_us, fresh_us) - rest_mm[by_day]
    sustained_mm = _lowest_mm(history, instants, HOUR_US, fresh_us) - rest_mm[by_day]
    usual_mm = parameters.sustained_ratio * usual_mm[by_day]
    signs = np.array(
        [
            np.where(quiet, stays_mm / parameters.raise_mm, np.nan),
            sustained_mm / np.maximum(parameters.sustained_mm_min, usual_mm),
            growth[by_day] / parameters.growth_ratio,
        ]
    )
    worst = np.fmax.reduce(signs)
    # While water runs a low level says that it does get away; nothing else does.
    low = head_mm < parameters.clear_mm
    known = quiet | low | (worst >= 1.0)
    return np.where(known & ~np.isnan(head_mm), worst, np.nan)


def _of_days(
    history: TrapHistory, places: set[int], p: RecessionParameters
) -> tuple[Floats, Floats, Floats]:
    """Return level at rest, usual sustained level and head growth after days."""
    # Place -1 is for instants before any day.
    rest_mm, usual_mm, growth = (
        np.full(len(history.days) + 1, nothing) for nothing in (0.0, np.inf, np.nan)
    )
    for place in places:
        days = history.days[: place + 1]
        rest_mm[place] = resting_level_mm(days)
        usual_mm[place] = usual_sustained_mm(days)
        growth[place] = head_growth(days, p.services_min, p.head_mm_min)
    return rest_mm, usual_mm, growth


def _is_quiet(history: TrapHistory, instants: Instants, p: RecessionParameters) -> Bools:
    flow = history.of(Metric.FLOW_LPS)
    after_us = round(p.after_s * SECOND_US)
    if len(flow.at_us):
        wet_us = newest_before(flow.at_us[flow.value >= p.dry_lps], instants)
        metered = ~np.isnan(flow.latest(instants, 2 * history.report_interval_s * SECOND_US))
        watched = (wet_us > LONG_AGO_US) | (instants - flow.at_us[0] >= after_us)
        dry: Bools = metered & watched & (instants - wet_us >= after_us)
        return dry
    looked = np.arange(instants[0] - after_us - TAIL_US, instants[-1] + 1, GRID_US)
    opened = looked[history.opening.open_mask(looked)]
    quiet: Bools = instants - newest_before(opened, instants) >= after_us + TAIL_US
    return quiet


def _lowest_mm(history: TrapHistory, instants: Instants, over_us: int, fresh_us: int) -> Floats:
    """Return the lowest head in the time ``over_us`` before each instant; NaN: not watched."""
    level = history.of(Metric.LEVEL_MM)
    lowest = np.full(len(instants), np.nan)
    if not len(level.at_us):
        return lowest
    first = np.searchsorted(level.at_us, instants - over_us)
    last = np.searchsorted(level.at_us, instants, side="right")
    watched_us = instants - over_us - newest_before(level.at_us, instants - over_us)
    where = np.flatnonzero((last > first) & (watched_us <= fresh_us))
    if len(where):
        # reduceat over [first, last) pairs; a sentinel lets ``last`` be the length.
        values = np.append(level.value, np.inf)
        pairs = np.stack([first[where], last[where]], axis=1).ravel()
        lowest[where] = np.minimum.reduceat(values, pairs)[::2]
    return lowest - history.outlet_invert_mm


def _limits(rule: RuleInForce, p: RecessionParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, 1.0),), p.clear_mm / p.raise_mm


RECESSION = Indicator(Cadence.FREQUENT, indicate, _limits)
