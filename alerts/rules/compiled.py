"""A rule made concrete for one series: two limits on its values, and the timing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.lifecycle import Timing, Verdict
from alerts.rules.definition import (
    CoverParameters,
    LevelParameters,
    RuleDefinition,
    TimingParameters,
    parse_parameters,
)
from core.instant import SECOND_US
from core.reading import Metric
from core.registry.model import DeviceEntry, TrapEntry

#: A contact is open or closed; anything between is noise of a debouncer.
_CONTACT_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A version of a rule as stored, with the number of its row."""

    rule_id: int
    version: int
    definition: RuleDefinition


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """FIRE at ``raise_at`` and above, CLEAR below ``clear_below``, hysteresis between them."""

    rule: RuleInForce
    metric: Metric
    raise_at: float
    clear_below: float
    timing: Timing

    @property
    def code(self) -> str:
        """The rule's code, e.g. R02."""
        return self.rule.definition.code

    def judge(self, value: float) -> Verdict:
        """Return what one value says."""
        if value >= self.raise_at:
            return Verdict.FIRE
        return Verdict.CLEAR if value < self.clear_below else Verdict.BAND

    def applied(self) -> dict[str, float]:
        """Return the numbers that were applied, for the alert's record."""
        return {
            "raise_at": self.raise_at,
            "clear_below": self.clear_below,
            "hold_s": self.timing.hold_us / SECOND_US,
            "samples_min": self.timing.samples_min,
        }


def compile_rule(
    rule: RuleInForce, parameters: Mapping[str, Any], device: DeviceEntry
) -> list[CompiledRule]:
    """Return the rule for each of a device's metrics it judges; [] for rules judged by timers.

    ``parameters`` are the definition's with all overrides merged in. The device hangs in a trap.
    """
    parsed = parse_parameters(rule.definition.kind, parameters)
    if isinstance(parsed, LevelParameters) and device.trap is not None:
        raise_at, clear_below = _level_limits(parsed, device.trap)
        timing = _timing(rule, parsed, device)
        return [CompiledRule(rule, Metric.LEVEL_MM, raise_at, clear_below, timing)]
    if isinstance(parsed, CoverParameters):
        timing = _timing(rule, parsed, device)
        base = device.tilt_baseline_deg
        tilt = (base + parsed.tilt_raise_deg, base + parsed.tilt_clear_deg)
        return [
            CompiledRule(rule, Metric.COVER_OPEN, _CONTACT_LIMIT, _CONTACT_LIMIT, timing),
            CompiledRule(rule, Metric.TILT_DEG, *tilt, timing),
        ]
    return []


def _level_limits(level: LevelParameters, trap: TrapEntry) -> tuple[float, float]:
    raises, clears = [], []
    if level.raise_surcharge_mm is not None and level.clear_surcharge_mm is not None:
        raises.append(level.raise_surcharge_mm)
        clears.append(level.clear_surcharge_mm)
    if level.raise_freeboard_ratio is not None and level.clear_freeboard_ratio is not None:
        raises.append(level.raise_freeboard_ratio * trap.freeboard_mm)
        clears.append(level.clear_freeboard_ratio * trap.freeboard_mm)
    # Each clear limit is below its own raise limit, so the lowest is below the lowest.
    return trap.outlet_invert_mm + min(raises), trap.outlet_invert_mm + min(clears)


def _timing(rule: RuleInForce, parameters: TimingParameters, device: DeviceEntry) -> Timing:
    return Timing(
        hold_us=round(parameters.hold_s * SECOND_US),
        samples_min=parameters.samples_min,
        clear_hold_us=round(parameters.clear_hold_s * SECOND_US),
        clear_samples_min=parameters.clear_samples_min,
        gap_us_max=round(parameters.gap_intervals_max * device.report_interval_s * SECOND_US),
        latched=rule.definition.latched,
    )
