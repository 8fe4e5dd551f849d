"""How severe an episode is: levels that only rise, each once proven for its own time. Pure.

Levels are nested: whoever reaches one reaches all below it. A level counts from the start of the
condition's run, so what held while the rule was still pending counts when it fires.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from alerts.lifecycle import Phase, RuleState, Timing


class Reached(NamedTuple):
    """The highest level that a reading reaches (-1: none), and its event time."""

    level: int
    at_us: int


def climb(
    before: RuleState, state: RuleState, reached: Reached, holds_us: Sequence[int], timing: Timing
) -> RuleState:
    """Return ``state``, which follows ``before`` by a reading, with the levels that it proves.

    ``holds_us`` says for each level how long it has to hold; that of the lowest is the machine's
    own.
    """
    at_us = reached.at_us
    if state.phase is Phase.OK:
        return state
    is_new_run = before.phase is Phase.OK or state.since_us != before.since_us
    broken = not timing.latched and at_us - before.last_us > timing.gap_us_max
    kept = () if is_new_run or broken else before.level_since_us
    since_us = tuple(
        (kept[n] if n < len(kept) and kept[n] else at_us) if n <= reached.level else 0
        for n in range(len(holds_us))
    )
    level = -1 if is_new_run else before.level
    return _proven(replace(state, level=level, level_since_us=since_us), at_us, holds_us)


def level_due_us(state: RuleState, holds_us: Sequence[int]) -> int | None:
    """Return when the clock alone proves the next level of a latched rule; None: never."""
    if state.phase is not Phase.FIRING:
        return None
    dues = [
        since_us + holds_us[n]
        for n, since_us in enumerate(state.level_since_us)
        if n > state.level and since_us
    ]
    return min(dues, default=None)


def prove(state: RuleState, at_us: int, holds_us: Sequence[int]) -> RuleState:
    """Return the state with the levels that have held until ``at_us``."""
    return _proven(state, at_us, holds_us)


def _proven(state: RuleState, at_us: int, holds_us: Sequence[int]) -> RuleState:
    if state.phase is Phase.PENDING:
        return state
    proven = [
        n
        for n, since_us in enumerate(state.level_since_us)
        if since_us and (n == 0 or at_us - since_us >= holds_us[n])
    ]
    level = max([state.level, 0, *proven])
    return state if level == state.level else replace(state, level=level)
