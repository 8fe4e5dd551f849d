"""Kind ``incomplete``: a pump-out that did not take all of it (R09)."""

import numpy as np

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Millimetres, Ratio, Seconds, TimingParameters
from alerts.windowed.history import Floats, Instants, PumpedOut, TrapHistory
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import HOUR_US, MINUTE_US, SECOND_US
from core.reading import Metric


class IncompleteParameters(TimingParameters):
    """What a pump-out has to take.

    Less than ``volume_ratio_min`` of the capacity on the manifest, or a level that stood above
    ``left_ratio_max`` of the depth for three readings within ``plateau_mm``. A kitchen at work
    fills a trap by a third while it is pumped, so a level below half of the depth contradicts no
    manifest; a level that did not fall by ``drop_ratio_min`` of the depth tells nothing. Judged
    ``after_s`` after the work, when the manifest is there; kept up for
    ``keep_s``.
    """

    volume_ratio_min: Ratio = 0.8
    left_ratio_max: Ratio = 0.5
    plateau_mm: Millimetres = 25.0
    drop_ratio_min: Ratio = 0.25
    after_s: Seconds = 7_200.0
    keep_s: Seconds = 86_400.0


def indicate(history: TrapHistory, instants: Instants, parameters: IncompleteParameters) -> Floats:
    """Return 1 while an incomplete pump-out is on record, else 0."""
    values = np.zeros(len(instants))
    keep_us = round(parameters.keep_s * SECOND_US)
    for out in history.pump_outs:
        due_us = max(out.at_us + round(parameters.after_s * SECOND_US), out.known_us)
        on = (instants >= due_us) & (instants < due_us + keep_us)
        if on.any() and _is_incomplete(history, out, parameters):
            values[on] = 1.0
    return values


def _is_incomplete(history: TrapHistory, out: PumpedOut, p: IncompleteParameters) -> bool:
    trap = history.subject.trap
    assert trap is not None, "a history is of a trap"
    if trap.capacity_l > 0 and out.volume_l < p.volume_ratio_min * trap.capacity_l:
        return True
    # Where a crew refills at once the lowest level falls between two readings: only a level that
    # was seen to stand says how much was left.
    level = history.of(Metric.LEVEL_MM).between(out.at_us - HOUR_US, out.at_us + HOUR_US)
    lowest = np.sort(level.value)[:3]
    if len(level.value) < 4 or lowest[-1] - lowest[0] > p.plateau_mm:
        return False
    if float(np.max(level.value)) - lowest[0] < p.drop_ratio_min * history.outlet_invert_mm:
        return False  # no pump-out can be seen at that time
    first, last = np.flatnonzero(level.value <= lowest[-1])[[0, -1]]
    stood = 8 * MINUTE_US <= level.at_us[last] - level.at_us[first] <= 40 * MINUTE_US
    return bool(stood and lowest[0] > p.left_ratio_max * history.outlet_invert_mm)


def _limits(rule: RuleInForce, _p: IncompleteParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, 1.0),), 0.5


INCOMPLETE = Indicator(Cadence.HOURLY, indicate, _limits)
