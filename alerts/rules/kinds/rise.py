"""Kind ``rise``: a level that rises so fast that it will reach the cover soon (R04)."""

from typing import Annotated

from pydantic import Field, model_validator

from alerts.rules.compiled import CompiledRule, Derive, Level, RuleInForce, Trail, timing_of
from alerts.rules.parameters import Millimetres, Seconds, TimingParameters
from core.instant import MINUTE_US, SECOND_US
from core.reading import Metric
from core.registry.model import DeviceEntry, TrapEntry

_Slope = Annotated[float, Field(gt=0, le=1_000)]


class RiseParameters(TimingParameters):
    """Slope over ``window_s``; only above ``surcharge_mm_min`` and with less than ``eta_s_max``.

    From ``steep_mm_per_min`` on there is no time to wait for the hold: it is red, and fires
    ``steep_hold_s`` after the rise began.
    The refill after a pump-out rises fast *below* the outlet: the surcharge keeps it out. The
    level ``window_s`` ago is interpolated between the readings around that moment.
    """

    raise_mm_per_min: _Slope
    clear_mm_per_min: _Slope
    steep_mm_per_min: _Slope = 1_000.0
    steep_hold_s: Seconds = 0.0
    window_s: Annotated[float, Field(ge=60, le=3_600)] = 300.0
    surcharge_mm_min: Millimetres = 80.0
    eta_s_max: Seconds = 1_800.0

    @model_validator(mode="after")
    def _slopes_are_in_order(self) -> "RiseParameters":
        if self.clear_mm_per_min > self.raise_mm_per_min:
            raise ValueError("clear_mm_per_min: at most raise_mm_per_min expected")
        if self.steep_mm_per_min < self.raise_mm_per_min:
            raise ValueError("steep_mm_per_min: at least raise_mm_per_min expected")
        return self


def compile_rise(
    rule: RuleInForce, parameters: RiseParameters, device: DeviceEntry
) -> list[CompiledRule]:
    """Return the rule for the device's level; its value is the slope in mm a minute."""
    assert device.trap is not None, "rules are compiled for devices in traps"
    steep_us = round(parameters.steep_hold_s * SECOND_US)
    steep = Level("red", parameters.steep_mm_per_min, steep_us, fires_us=steep_us)
    gap_s = parameters.gap_intervals_max * device.report_interval_s
    return [
        CompiledRule(
            rule,
            Metric.LEVEL_MM,
            (Level(rule.definition.severity, parameters.raise_mm_per_min), steep),
            parameters.clear_mm_per_min,
            derive=_slope_of(parameters, device.trap),
            trail_us=round((parameters.window_s + gap_s) * SECOND_US),
            gate_at=device.trap.outlet_invert_mm + parameters.surcharge_mm_min,
            **timing_of(rule, parameters, device.report_interval_s),
        )
    ]


def _slope_of(parameters: RiseParameters, trap: TrapEntry) -> Derive:
    window_us = round(parameters.window_s * SECOND_US)
    in_band = (parameters.clear_mm_per_min + parameters.raise_mm_per_min) / 2

    def slope_mm_per_min(at_us: int, level_mm: float, trail: Trail) -> float:
        """Return the slope, held below the limit where the rise cannot reach the cover soon.

        Near the outlet it is none at all: a kitchen at work makes the level rise and fall.
        """
        if level_mm < trap.outlet_invert_mm + parameters.surcharge_mm_min / 2:
            return 0.0
        ago_mm = _level_at(at_us - window_us, (*trail, (at_us, level_mm)))
        slope = (level_mm - ago_mm) * MINUTE_US / window_us
        is_grave = (
            level_mm >= trap.outlet_invert_mm + parameters.surcharge_mm_min
            and slope > 0
            and (trap.cover_mm - level_mm) / slope * 60 < parameters.eta_s_max
        )
        return slope if is_grave or not slope >= in_band else in_band

    return slope_mm_per_min


def _level_at(at_us: int, trail: Trail) -> float:
    """Return the level at an instant between two readings; NaN where nothing reaches back."""
    before: tuple[int, float] | None = None
    for moment_us, level_mm in trail:
        if moment_us >= at_us:
            if moment_us == at_us or before is None:
                return level_mm if moment_us == at_us else float("nan")
            share = (at_us - before[0]) / (moment_us - before[0])
            return before[1] + share * (level_mm - before[1])
        before = (moment_us, level_mm)
    return float("nan")
