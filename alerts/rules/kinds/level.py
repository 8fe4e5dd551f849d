"""Kind ``level``: liquid above the outlet invert (R01, R02)."""

from pydantic import model_validator

from alerts.rules.compiled import CompiledRule, Level, RuleInForce, timing_of
from alerts.rules.parameters import Millimetres, Ratio, TimingParameters
from core.reading import Metric
from core.registry.model import DeviceEntry, TrapEntry


class LevelParameters(TimingParameters):
    """Limits of the liquid above the outlet invert; of two limits the lower one counts.

    ``*_freeboard_ratio`` is a share of the distance from the outlet invert to the cover.
    """

    raise_surcharge_mm: Millimetres | None = None
    raise_freeboard_ratio: Ratio | None = None
    clear_surcharge_mm: Millimetres | None = None
    clear_freeboard_ratio: Ratio | None = None

    @model_validator(mode="after")
    def _clear_excludes_raise(self) -> "LevelParameters":
        """The clear condition must exclude the condition, whatever the trap's dimensions."""
        for unit in ("surcharge_mm", "freeboard_ratio"):
            limit, clear = getattr(self, f"raise_{unit}"), getattr(self, f"clear_{unit}")
            if (limit is None) != (clear is None):
                raise ValueError(f"raise_{unit} and clear_{unit} go together")
            if limit is not None and clear > limit:
                raise ValueError(f"clear_{unit}: at most raise_{unit} ({limit:g}) expected")
        if self.raise_surcharge_mm is None and self.raise_freeboard_ratio is None:
            raise ValueError("raise_surcharge_mm or raise_freeboard_ratio expected")
        if self.raise_freeboard_ratio is not None and self.raise_freeboard_ratio > 1:
            raise ValueError("raise_freeboard_ratio: a level above the cover is never reached")
        return self


def compile_level(
    rule: RuleInForce, parameters: LevelParameters, device: DeviceEntry
) -> list[CompiledRule]:
    """Return the rule for the device's level."""
    assert device.trap is not None, "rules are compiled for devices in traps"
    raise_at, clear_below = _limits(parameters, device.trap)
    levels = (Level(rule.definition.severity, raise_at),)
    timing = timing_of(rule, parameters, device.report_interval_s)
    return [CompiledRule(rule, Metric.LEVEL_MM, levels, clear_below, **timing)]


def _limits(level: LevelParameters, trap: TrapEntry) -> tuple[float, float]:
    raises, clears = [], []
    if level.raise_surcharge_mm is not None and level.clear_surcharge_mm is not None:
        raises.append(level.raise_surcharge_mm)
        clears.append(level.clear_surcharge_mm)
    if level.raise_freeboard_ratio is not None and level.clear_freeboard_ratio is not None:
        raises.append(level.raise_freeboard_ratio * trap.freeboard_mm)
        clears.append(level.clear_freeboard_ratio * trap.freeboard_mm)
    # Each clear limit is below its own raise limit, so the lowest is below the lowest.
    return trap.outlet_invert_mm + min(raises), trap.outlet_invert_mm + min(clears)
