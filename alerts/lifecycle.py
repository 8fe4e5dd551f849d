"""The alert machine: what one reading does to one rule's state of one series. Pure.

Everything that affects transitions lives in this file (how severe it is: alerts/severity.py). It
does not know what the condition is, who is told, or what time it is. Row numbers are those of the
design's alert semantics (the table in docs/state-machines.md is drawn from ROWS).

Times are event times in microseconds. A duration is proven by readings at both ends; two readings
farther apart than the gap prove nothing between them. A *latched* rule is about a state that holds
until the next event (a cover stays open until it is closed): for it there are no gaps, and the
mere passing of time proves a hold, so ``tick`` may do it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import NamedTuple


class Phase(IntEnum):
    """Where one rule stands on one series; stored in rule_state.phase (OK has no row)."""

    OK = 0
    PENDING = 1  #: the condition holds, not yet long enough
    FIRING = 2  #: an episode is open
    RECOVERING = 3  #: the clear condition holds, not yet long enough


class Verdict(Enum):
    """What one reading says: the condition, its clear condition, or neither (hysteresis)."""

    CLEAR = "clear"
    BAND = "band"
    FIRE = "fire"


class Effect(Enum):
    """What a transition means to the episode."""

    NONE = "none"
    ABORTED = "aborted"
    FIRED = "fired"
    RELAPSED = "relapsed"
    RESOLVED = "resolved"


class Timing(NamedTuple):
    """How long, how often and how densely a condition has to be seen."""

    hold_us: int
    samples_min: int
    clear_hold_us: int
    clear_samples_min: int
    gap_us_max: int
    latched: bool = False


@dataclass(frozen=True, slots=True)
class RuleState:
    """One machine.

    ``since_us`` and ``sample_count`` are of the condition's run, the clear pair of the clear
    condition's; ``last_us`` and ``last_value`` of the newest reading it saw. ``level`` is the
    highest level proven so far (-1: none), ``level_since_us`` since when each level holds (0: it
    does not).
    """

    phase: Phase = Phase.OK
    since_us: int = 0
    sample_count: int = 0
    clear_since_us: int = 0
    clear_count: int = 0
    last_us: int = 0
    last_value: float = 0.0
    peak_value: float = 0.0
    relapse_count: int = 0
    level: int = -1
    level_since_us: tuple[int, ...] = ()


OK = RuleState()


class Step(NamedTuple):
    """The state after a reading, the row of the table that was taken, and its meaning.

    ``at_us`` is the event time of the effect: of the reading, or of the proof where the clock
    proved a latched hold earlier than the reading.
    """

    state: RuleState
    row: int
    effect: Effect
    at_us: int


class Row(NamedTuple):
    """One row: in ``phase``, on ``verdicts``, if ``guard``, go to ``target``."""

    number: int
    phase: Phase
    verdicts: frozenset[Verdict]
    guard: str
    target: Phase
    effect: Effect


_F = frozenset({Verdict.FIRE})
_C = frozenset({Verdict.CLEAR})
_NOT_F = frozenset({Verdict.CLEAR, Verdict.BAND})
_NOT_C = frozenset({Verdict.FIRE, Verdict.BAND})

#: The first row that matches is taken; row 0 of each phase stays where it is.
ROWS = (
    Row(1, Phase.OK, _F, "no hold asked", Phase.FIRING, Effect.FIRED),
    Row(2, Phase.OK, _F, "", Phase.PENDING, Effect.NONE),
    Row(0, Phase.OK, _NOT_F, "", Phase.OK, Effect.NONE),
    Row(3, Phase.PENDING, _NOT_F, "", Phase.OK, Effect.ABORTED),
    Row(4, Phase.PENDING, _F, "after a gap", Phase.PENDING, Effect.NONE),
    Row(5, Phase.PENDING, _F, "hold proven", Phase.FIRING, Effect.FIRED),
    Row(0, Phase.PENDING, _F, "", Phase.PENDING, Effect.NONE),
    Row(9, Phase.FIRING, _C, "no clear hold asked", Phase.OK, Effect.RESOLVED),
    Row(6, Phase.FIRING, _C, "", Phase.RECOVERING, Effect.NONE),
    Row(0, Phase.FIRING, _NOT_C, "", Phase.FIRING, Effect.NONE),
    Row(7, Phase.RECOVERING, _NOT_C, "", Phase.FIRING, Effect.RELAPSED),
    Row(8, Phase.RECOVERING, _C, "after a gap", Phase.RECOVERING, Effect.NONE),
    Row(9, Phase.RECOVERING, _C, "clear hold proven", Phase.OK, Effect.RESOLVED),
    Row(0, Phase.RECOVERING, _C, "", Phase.RECOVERING, Effect.NONE),
)

_Guard = Callable[[RuleState, int, Timing], bool]
GUARDS: dict[str, _Guard] = {
    "": lambda _s, _at, _t: True,
    "no hold asked": lambda _s, _at, t: t.hold_us == 0 and t.samples_min <= 1,
    "no clear hold asked": lambda _s, _at, t: t.clear_hold_us == 0 and t.clear_samples_min <= 1,
    "after a gap": lambda s, at, t: not t.latched and at - s.last_us > t.gap_us_max,
    "hold proven": lambda s, at, t: (
        at - s.since_us >= t.hold_us and s.sample_count + 1 >= t.samples_min
    ),
    "clear hold proven": lambda s, at, t: (
        at - s.clear_since_us >= t.clear_hold_us and s.clear_count + 1 >= t.clear_samples_min
    ),
}


def step(state: RuleState, verdict: Verdict, at_us: int, value: float, timing: Timing) -> Step:
    """Apply one live reading; ``at_us`` must be newer than ``state.last_us``."""
    row = next(
        row
        for row in ROWS
        if row.phase is state.phase
        and verdict in row.verdicts
        and GUARDS[row.guard](state, at_us, timing)
    )
    return Step(_after(state, row, verdict, at_us, value), row.number, row.effect, at_us)


def due_us(state: RuleState, timing: Timing) -> int | None:
    """Return when the clock alone proves a latched rule's hold; None where it never does."""
    if not timing.latched:
        return None
    if state.phase is Phase.PENDING:
        return state.since_us + timing.hold_us
    if state.phase is Phase.RECOVERING:
        return state.clear_since_us + timing.clear_hold_us
    return None


def tick(state: RuleState, now_us: int, timing: Timing) -> Step | None:
    """Let time pass for a latched rule: the transition it proves up to ``now_us``, if any.

    Called by the timer with the present, and by the engine with the time of the next reading
    before that reading is applied; the result is the same whichever comes first.
    """
    proven_us = due_us(state, timing)
    if proven_us is None or proven_us > now_us:
        return None
    if state.phase is Phase.PENDING:
        return Step(replace(state, phase=Phase.FIRING), 5, Effect.FIRED, proven_us)
    return Step(OK, 9, Effect.RESOLVED, proven_us)


def rejudge(state: RuleState) -> RuleState:
    """Return what is left of a state when its rule's condition was edited (row 12).

    Timers are zeroed; an open episode stays open and waits for the next live reading.
    """
    if state.phase in {Phase.OK, Phase.PENDING}:
        return OK
    return replace(
        state,
        phase=Phase.FIRING,
        sample_count=0,
        clear_since_us=0,
        clear_count=0,
        level_since_us=(),
    )


def _after(state: RuleState, row: Row, verdict: Verdict, at_us: int, value: float) -> RuleState:
    if row.target is Phase.OK:
        return OK
    if row.number in {1, 2, 4}:  # the condition's run starts here
        state = replace(OK, since_us=at_us, peak_value=value)
    peak_value = max(state.peak_value, value)
    seen = replace(state, phase=row.target, last_us=at_us, last_value=value, peak_value=peak_value)
    if row.number in {6, 8}:  # the clear condition's run starts here
        seen = replace(seen, clear_since_us=at_us, clear_count=1)
    elif row.target is Phase.RECOVERING:
        seen = replace(seen, clear_count=state.clear_count + 1)
    elif verdict is Verdict.FIRE:
        seen = replace(seen, sample_count=state.sample_count + 1)
    if row.effect is Effect.RELAPSED:
        seen = replace(seen, clear_count=0, relapse_count=state.relapse_count + 1)
    return seen
