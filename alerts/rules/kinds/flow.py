"""Kind ``flow``: more water than the trap was built for (R13)."""

from typing import Annotated

from pydantic import Field, model_validator

from alerts.rules.compiled import CompiledRule, Level, RuleInForce, timing_of
from alerts.rules.parameters import Ratio, Seconds, TimingParameters
from core.reading import Metric
from core.registry.model import DeviceEntry


class FlowParameters(TimingParameters):
    """Limits as shares of the rated flow; ``residence_s_min`` bounds it by the trap's volume.

    Residence time is volume over flow (GB 50015 practice: 2 to 10 minutes).
    """

    raise_rated_ratio: Ratio
    clear_rated_ratio: Ratio
    residence_s_min: Annotated[float, Field(gt=0, le=3_600)] | None = None
    residence_clear_s_min: Seconds | None = None

    @model_validator(mode="after")
    def _clear_excludes_raise(self) -> "FlowParameters":
        if self.clear_rated_ratio > self.raise_rated_ratio:
            raise ValueError("clear_rated_ratio: at most raise_rated_ratio expected")
        return self


def compile_flow(
    rule: RuleInForce, parameters: FlowParameters, device: DeviceEntry
) -> list[CompiledRule]:
    """Return the rule for the device's flow; [] where neither flow nor volume is rated."""
    trap = device.trap
    assert trap is not None, "rules are compiled for devices in traps"
    limits = []
    if trap.rated_flow_lps is not None:
        limits.append(trap.rated_flow_lps * parameters.raise_rated_ratio)
    if parameters.residence_s_min is not None and trap.capacity_l > 0:
        limits.append(trap.capacity_l / parameters.residence_s_min)
    if not limits:
        return []
    raise_at = min(limits)
    clear_below = raise_at * parameters.clear_rated_ratio / parameters.raise_rated_ratio
    levels = (Level(rule.definition.severity, raise_at),)
    timing = timing_of(rule, parameters, device.report_interval_s)
    return [CompiledRule(rule, Metric.FLOW_LPS, levels, clear_below, **timing)]
