"""What a windowed kind is: a value at instants, made of a history that ends there. Pure.

The value goes through the same machine as a reading's does: limits, holds, hysteresis, reopening.
NaN says that nothing is known at that instant, and is passed over.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from alerts.rules.compiled import CompiledRule, Level, RuleInForce, timing_of
from alerts.rules.parameters import TimingParameters
from alerts.windowed.history import Bools, Floats, Instants, TrapHistory
from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US


class Cadence(Enum):
    """How often a rule is evaluated, and how far it looks back."""

    FREQUENT = "frequent"
    HOURLY = "hourly"
    DAILY = "daily"

    @property
    def step_us(self) -> int:
        """The pause between two evaluations; instants are whole multiples plus the offset."""
        return _STEP_US[self]

    @property
    def offset_us(self) -> int:
        """After which instant of the step (06:30 local for the daily ones)."""
        return 22 * HOUR_US + 30 * MINUTE_US if self is Cadence.DAILY else 0

    @property
    def look_back_us(self) -> int:
        """How much of the readings is needed before the first instant."""
        return _LOOK_BACK_US[self]

    def instants(self, after_us: int, until_us: int) -> range:
        """Return the evaluation instants in (after, until]."""
        step_us, offset_us = self.step_us, self.offset_us
        first = (after_us - offset_us) // step_us * step_us + step_us + offset_us
        return range(first, until_us + 1, step_us)


_STEP_US = {Cadence.FREQUENT: 5 * MINUTE_US, Cadence.HOURLY: HOUR_US, Cadence.DAILY: DAY_US}
_LOOK_BACK_US = {Cadence.FREQUENT: 3 * HOUR_US, Cadence.HOURLY: 60 * HOUR_US, Cadence.DAILY: 0}

#: Readings count where they came within this time; an evaluation waits for so long.
SETTLE_US = 6 * MINUTE_US


def in_time_for_evaluation(at_us: Instants, came_us: Instants) -> Bools:
    """Return which readings had come when the next evaluation no longer waited for them."""
    return came_us - at_us <= SETTLE_US


Indicate = Callable[[TrapHistory, Instants, Any], Floats]


class Indicator(NamedTuple):
    """A windowed kind: how often, its value, and the limits of that value for a history's trap.

    ``limits`` returns levels (lowest first) and the value below which it has cleared.
    """

    cadence: Cadence
    indicate: Indicate
    limits: Callable[[RuleInForce, Any], tuple[tuple[Level, ...], float]]
    is_falling: bool = False


class WindowedRule(NamedTuple):
    """A rule made concrete for traps: what the machine needs, and where the values come from."""

    compiled: CompiledRule
    indicator: Indicator
    parameters: TimingParameters


def compile_windowed(
    rule: RuleInForce, indicator: Indicator, parameters: TimingParameters
) -> WindowedRule:
    """Return a windowed rule with its parameters checked and merged."""
    levels, clear_below = indicator.limits(rule, parameters)
    step_s = indicator.cadence.step_us / SECOND_US
    compiled = CompiledRule(
        rule, None, levels, clear_below, is_falling=indicator.is_falling,
        **timing_of(rule, parameters, step_s),
    )  # fmt: skip
    return WindowedRule(compiled, indicator, parameters)
