"""Kind ``overdue``: days since the pump-out was due (R07)."""

import numpy as np

from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Days, TimingParameters
from alerts.windowed.history import Floats, Instants, TrapHistory
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import DAY_US


class OverdueParameters(TimingParameters):
    """Reminded (severity of the rule) ``remind_days`` before it is due; yellow, orange and red so
    many days after. Days on which the restaurant is closed do not count.
    """

    remind_days: Days = 2.0
    yellow_days: Days = 1.0
    orange_days: Days = 7.0
    red_days: Days = 14.0


def indicate(history: TrapHistory, instants: Instants, _parameters: OverdueParameters) -> Floats:
    """Return days since due (negative: until due), NaN where no pump-out is known."""
    trap = history.subject.trap
    assert trap is not None, "a history is of a trap"
    verified = [
        (max(out.verified_us, out.at_us), out.at_us)
        for out in history.pump_outs
        if out.verified_us is not None
    ]
    verified.sort()
    if not verified:
        return np.full(len(instants), np.nan)
    known_us = np.array([known for known, _ in verified])
    pumped_us = np.maximum.accumulate(np.array([pumped for _, pumped in verified]))
    place = np.searchsorted(known_us, instants, side="right") - 1
    last_us = pumped_us[np.maximum(place, 0)]
    closed_us = np.zeros(len(instants), np.int64)
    for closure in history.closures:
        over = np.minimum(closure.to_us, instants) - np.maximum(closure.from_us, last_us)
        closed_us += np.maximum(over, 0)
    due_us = last_us + trap.cleaning_interval_days * DAY_US + closed_us
    return np.where(place >= 0, (instants - due_us) / DAY_US, np.nan)


def _limits(rule: RuleInForce, p: OverdueParameters) -> tuple[tuple[Level, ...], float]:
    levels = (
        Level(rule.definition.severity, -p.remind_days),
        Level("yellow", p.yellow_days),
        Level("orange", p.orange_days),
        Level("red", p.red_days),
    )
    return levels, -p.remind_days


OVERDUE = Indicator(Cadence.HOURLY, indicate, _limits)
