"""Kind ``cover``: a manhole cover that is open, by contact or by tilt (R16, R17)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import model_validator

from alerts.rules.compiled import CompiledRule, Level, RuleInForce, timing_of
from alerts.rules.parameters import Degrees, Seconds, TimingParameters
from core.instant import SECOND_US, from_us, to_us
from core.reading import Metric
from core.registry.model import DeviceEntry

#: A contact is open or closed; anything between is noise of a debouncer.
_CONTACT_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class DailyWindow:
    """Every day from ``start`` to ``end`` by a zone's clocks; over midnight where end is first."""

    start: time
    end: time
    zone: ZoneInfo

    def __call__(self, at_us: int) -> bool:
        """Whether an instant is in it; the start is, the end is not."""
        local = from_us(at_us).astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def next_open_us(self, after_us: int) -> int:
        """Return when it opens next."""
        return self._next_us(self.start, after_us)

    def close_us(self, at_us: int) -> int:
        """Return when it closes next."""
        return self._next_us(self.end, at_us)

    def _next_us(self, wall: time, after_us: int) -> int:
        today = from_us(after_us).astimezone(self.zone).date()
        moments = (
            to_us(datetime.combine(today + timedelta(days=n), wall, self.zone)) for n in range(3)
        )
        return next(moment for moment in moments if moment > after_us)


class CoverParameters(TimingParameters):
    """Tilt off the baseline that counts as open, and as closed again.

    The alert turns red after ``red_hold_s``, after ``red_night_hold_s`` of lying open between
    ``night_from`` and ``night_to``, or at once where the cover lies in a road
    (``red_on_road``); None: never.
    """

    tilt_raise_deg: Degrees = 15.0
    tilt_clear_deg: Degrees = 10.0
    red_on_road: bool = False
    red_hold_s: Seconds | None = None
    red_night_hold_s: Seconds | None = None
    night_from: time = time(22, 0)
    night_to: time = time(6, 0)
    zone: str = "Asia/Shanghai"

    @model_validator(mode="after")
    def _clear_excludes_raise(self) -> "CoverParameters":
        if self.tilt_clear_deg > self.tilt_raise_deg:
            raise ValueError("tilt_clear_deg: at most tilt_raise_deg expected")
        if self.night_from == self.night_to:
            raise ValueError("night_from and night_to: two different times expected")
        return self


def compile_cover(
    rule: RuleInForce, parameters: CoverParameters, device: DeviceEntry
) -> list[CompiledRule]:
    """Return the rule for the device's contact and for its tilt."""
    timing = timing_of(rule, parameters, device.report_interval_s)
    levels = _levels(rule, parameters, device)
    base = device.tilt_baseline_deg
    return [
        CompiledRule(
            rule, metric, tuple(level(raise_at) for level in levels), clear_below, **timing
        )
        for metric, raise_at, clear_below in (
            (Metric.COVER_OPEN, _CONTACT_LIMIT, _CONTACT_LIMIT),
            (
                Metric.TILT_DEG,
                base + parameters.tilt_raise_deg,
                base + parameters.tilt_clear_deg,
            ),
        )
    ]


def _levels(
    rule: RuleInForce, parameters: CoverParameters, device: DeviceEntry
) -> list[Callable[[float], Level]]:
    severity = rule.definition.severity
    levels: list[Callable[[float], Level]] = [lambda at: Level(severity, at)]
    if parameters.red_on_road and device.trap is not None and device.trap.on_road:
        levels.append(lambda at: Level("red", at))
    if (hold_s := parameters.red_hold_s) is not None:
        hold_us = round(hold_s * SECOND_US)
        levels.append(lambda at: Level("red", at, hold_us))
    if (night_s := parameters.red_night_hold_s) is not None:
        night_us = round(night_s * SECOND_US)
        levels.append(lambda at: Level("red", at, night_us, _night(parameters)))
    return levels


def _night(parameters: CoverParameters) -> DailyWindow:
    return DailyWindow(parameters.night_from, parameters.night_to, ZoneInfo(parameters.zone))
