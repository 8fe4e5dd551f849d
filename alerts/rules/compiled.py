"""A rule made concrete for one subject: limits on a value, and the timing. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from alerts.lifecycle import Timing, Verdict
from alerts.rules.definition import RuleDefinition
from alerts.rules.parameters import TimingParameters
from core.instant import SECOND_US
from core.reading import Metric

#: The values of a series before one reading, oldest first: (event time, value).
Trail = Sequence[tuple[int, float]]
#: What is judged instead of the reading itself: made of the reading and what came before it.
Derive = Callable[[int, float, Trail], float]


class Active(Protocol):
    """When a level may be reached: by night only, in a schedule only. Instants in µs."""

    def __call__(self, at_us: int) -> bool:
        """Whether it may be reached at an instant."""

    def next_open_us(self, after_us: int) -> int:
        """Return the first instant after ``after_us`` from which on it may be reached."""

    def close_us(self, at_us: int) -> int:
        """Return until when it may be reached, given that it may at ``at_us``."""


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A version of a rule as stored, with the number of its row."""

    rule_id: int
    version: int
    definition: RuleDefinition


class Level(NamedTuple):
    """One severity: reached at ``raise_at`` and above, proven after ``hold_us``.

    The hold of the lowest level is the rule's own and stands in its timing. ``fires_us``: a
    reading of this level makes the rule fire that long after its condition began, before that
    hold is over; None: it waits for it.
    """

    severity: str
    raise_at: float
    hold_us: int = 0
    active: Active | None = None
    fires_us: int | None = None


class Judgement(NamedTuple):
    """What one reading says, the highest level it reaches (-1: none), and the judged value."""

    verdict: Verdict
    level: int
    value: float


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """FIRE at the lowest level's ``raise_at``, CLEAR below ``clear_below``, hysteresis between.

    ``is_falling``: the other way round, FIRE at ``raise_at`` and below. ``metric`` None: the
    value is not of one series but what a windowed kind made of many readings.
    """

    rule: RuleInForce
    metric: Metric | None
    levels: tuple[Level, ...]
    clear_below: float
    timing: Timing
    is_falling: bool = False
    derive: Derive | None = None
    trail_us: int = 0
    #: Below this reading (above, where falling) the rule cannot fire, whatever came before.
    gate_at: float | None = None
    reopen_us: int = 7_200 * SECOND_US
    stale_us: int = 1_800 * SECOND_US
    condition: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.condition:
            object.__setattr__(self, "condition", self._fingerprint())

    @property
    def code(self) -> str:
        """The rule's code, e.g. R02."""
        return self.rule.definition.code

    @property
    def raise_at(self) -> float:
        """The lowest level's limit."""
        return self.levels[0].raise_at

    @property
    def worth_a_look_at(self) -> float:
        """The reading at which the rule could fire."""
        return self.raise_at if self.gate_at is None else self.gate_at

    @property
    def holds_us(self) -> tuple[int, ...]:
        """How long each level has to hold."""
        return tuple(level.hold_us for level in self.levels)

    def judge(self, at_us: int, value: float, trail: Trail = ()) -> Judgement:
        """Return what one reading says, given those before it (within ``trail_us``)."""
        if self.derive is not None:
            value = self.derive(at_us, value, trail)
        sign = -1.0 if self.is_falling else 1.0
        reached = -1
        for number, level in enumerate(self.levels):
            if not sign * value >= sign * level.raise_at:  # nor is it where there is no number
                break
            if level.active is None or level.active(at_us):
                reached = number
        if reached >= 0:
            return Judgement(Verdict.FIRE, reached, value)
        is_clear = sign * value < sign * self.clear_below or (
            # Outside its schedule a condition does not hold, however high the value.
            sign * value >= sign * self.raise_at
        )
        return Judgement(Verdict.CLEAR if is_clear else Verdict.BAND, -1, value)

    def severity(self, level: int) -> str:
        """Return the severity of a level number; that of the lowest for -1."""
        return self.levels[max(level, 0)].severity

    def applied(self) -> dict[str, Any]:
        """Return the numbers that were applied, for the alert's record: enough to replay it.

        ``is_replayable``: nothing but the readings themselves was judged, by these numbers alone.
        """
        timing = self.timing
        is_plain = self.derive is None and self.metric is not None and not timing.latched
        return {
            "raise_at": self.raise_at,
            "clear_below": self.clear_below,
            "hold_s": timing.hold_us / SECOND_US,
            "samples_min": timing.samples_min,
            "clear_hold_s": timing.clear_hold_us / SECOND_US,
            "clear_samples_min": timing.clear_samples_min,
            "gap_s_max": timing.gap_us_max / SECOND_US,
            "reopen_s": self.reopen_us / SECOND_US,
            "is_falling": self.is_falling,
            "is_replayable": is_plain
            and all(lv.active is None and lv.fires_us is None for lv in self.levels),
            "levels": {level.severity: level.raise_at for level in self.levels},
            "level_holds_s": {level.severity: level.hold_us / SECOND_US for level in self.levels},
        }

    def _fingerprint(self) -> str:
        levels = [(lv.severity, lv.raise_at, lv.hold_us, lv.fires_us) for lv in self.levels]
        judged = (levels, self.clear_below, tuple(self.timing), self.is_falling, self.gate_at)
        return blake2b(repr(judged).encode(), digest_size=8).hexdigest()


def timing_of(
    rule: RuleInForce, parameters: TimingParameters, report_interval_s: float
) -> dict[str, Any]:
    """Return the fields of a compiled rule that its timing parameters decide."""
    gap_s = max(parameters.gap_intervals_max * report_interval_s, parameters.gap_s_min)
    stale_s = max(parameters.stale_intervals_max * report_interval_s, parameters.stale_s_min)
    timing = Timing(
        hold_us=round(parameters.hold_s * SECOND_US),
        samples_min=parameters.samples_min,
        clear_hold_us=round(parameters.clear_hold_s * SECOND_US),
        clear_samples_min=parameters.clear_samples_min,
        gap_us_max=round(gap_s * SECOND_US),
        latched=rule.definition.latched,
    )
    return {
        "timing": timing,
        "reopen_us": round(parameters.reopen_s * SECOND_US),
        "stale_us": round(stale_s * SECOND_US),
    }
