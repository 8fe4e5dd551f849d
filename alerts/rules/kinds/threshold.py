"""Kind ``threshold``: an operator's own limits on any metric, e.g. ``value >= 75``."""

import math
import re
from typing import Any

from pydantic import Field, field_validator, model_validator

from alerts.rules.compiled import CompiledRule, Level, RuleInForce, timing_of
from alerts.rules.parameters import SEVERITIES, Seconds, Severity, TimingParameters
from core.instant import SECOND_US
from core.reading import METRIC_BY_LABEL
from core.registry.model import DeviceEntry

_EXPRESSION = re.compile(r"^\s*value\s*(>=|>|<=|<)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$")


class ThresholdParameters(TimingParameters):
    """``levels`` by severity and the ``clear`` condition, each ``value <op> number``.

    ``raise_hold_s``: how long a level above the lowest has to hold before the severity rises.
    """

    metric: str
    levels: dict[Severity, str]
    clear: str | None = None
    raise_hold_s: dict[Severity, Seconds] = Field(default_factory=dict)

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, metric: str) -> str:
        if metric not in METRIC_BY_LABEL:
            raise ValueError(f"unknown metric; one of {', '.join(METRIC_BY_LABEL)} expected")
        return metric

    @model_validator(mode="after")
    def _levels_rise(self) -> "ThresholdParameters":
        if not self.levels:
            raise ValueError("levels: at least one expected")
        limits = self.limits()
        falling = {limit.is_falling for limit in limits}
        if len(falling) > 1:
            raise ValueError("levels: all must look the same way (>= or <=)")
        ordered = [limit.sign * limit.at for limit in limits]
        if ordered != sorted(ordered) or len(set(ordered)) < len(ordered):
            raise ValueError("levels: a higher severity needs a limit beyond the lower one's")
        clear = self.clear_limit()
        if clear.is_falling == limits[0].is_falling:
            raise ValueError("clear: must look the other way than the levels")
        if limits[0].sign * clear.clear_at > ordered[0]:
            raise ValueError("clear: implies not the condition expected, but the two overlap")
        return self

    def limits(self) -> list["Limit"]:
        """Return the levels' limits, lowest severity first."""
        return [Limit(self.levels[name]) for name in SEVERITIES if name in self.levels]

    def clear_limit(self) -> "Limit":
        """Return the clear condition; by default what is not the condition."""
        if self.clear is not None:
            return Limit(self.clear)
        return self.limits()[0].opposite()


class Limit:
    """One parsed expression.

    Raises: ValueError: not of the form ``value >= 75``.
    """

    def __init__(self, expression: str) -> None:
        found = _EXPRESSION.match(expression)
        if found is None:
            raise ValueError(f"{expression!r}: 'value >= 75' or with >, <=, < expected")
        self.operator, self.number = found[1], float(found[2])

    @property
    def is_falling(self) -> bool:
        """Whether it is about small values."""
        return self.operator.startswith("<")

    @property
    def sign(self) -> float:
        """-1 for small values, so that the worse is the greater."""
        return -1.0 if self.is_falling else 1.0

    @property
    def at(self) -> float:
        """The first value that fulfils it (inclusive)."""
        if self.operator in {">=", "<="}:
            return self.number
        return math.nextafter(self.number, self.sign * math.inf)

    @property
    def clear_at(self) -> float:
        """The first value, coming from the other side, that does not fulfil it any more."""
        if self.operator in {">", "<"}:
            return self.number
        return math.nextafter(self.number, -self.sign * math.inf)

    def opposite(self) -> "Limit":
        """Return what holds exactly where this does not."""
        operators = {">=": "<", ">": "<=", "<=": ">", "<": ">="}
        return Limit(f"value {operators[self.operator]} {self.number!r}")


def compile_threshold(
    rule: RuleInForce, parameters: ThresholdParameters, device: DeviceEntry
) -> list[CompiledRule]:
    """Return the rule for the device's series of the metric."""
    severities = [name for name in SEVERITIES if name in parameters.levels]
    holds: dict[Any, float] = dict(parameters.raise_hold_s)
    levels = tuple(
        Level(name, limit.at, round(holds.get(name, 0.0) * SECOND_US))
        for name, limit in zip(severities, parameters.limits(), strict=True)
    )
    return [
        CompiledRule(
            rule,
            METRIC_BY_LABEL[parameters.metric],
            levels,
            parameters.clear_limit().clear_at,
            is_falling=parameters.limits()[0].is_falling,
            **timing_of(rule, parameters, device.report_interval_s),
        )
    ]
