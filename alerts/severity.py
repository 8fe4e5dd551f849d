"""How severe an episode is: levels that only rise, each once proven for its own time. Pure.

Levels are nested: whoever reaches one reaches all below it. A level counts from the start of the
condition's run, so what held while the rule was still pending counts when it fires.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from alerts.lifecycle import Phase, RuleState, Timing
from alerts.rules.compiled import Level


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


def level_due_us(state: RuleState, levels: Sequence[Level], sign: float) -> int | None:
    """Return when the clock alone moves a latched rule's level on; None: never.

    Its hold is proven, or the window opens in which it counts; a hold has to fit in one window.
    While the rule is pending only windows matter: the hold is looked at when it fires.
    """
    if state.phase not in {Phase.PENDING, Phase.FIRING}:
        return None
    dues = [
        due_us
        for n in range(state.level + 1, len(state.level_since_us))
        if (due_us := _opens_us(state, levels, n, sign)) is not None
    ]
    if state.phase is Phase.FIRING:
        for n in range(state.level + 1, len(state.level_since_us)):
            if state.level_since_us[n] and _fits(levels[n], state.level_since_us[n]):
                dues.append(state.level_since_us[n] + levels[n].hold_us)
    return min(dues, default=None)


def prove(state: RuleState, at_us: int, levels: Sequence[Level], sign: float) -> RuleState:
    """Return the state with the windows that open, and the levels that have held, at ``at_us``."""
    since_us = tuple(
        at_us if n > state.level and _opens_us(state, levels, n, sign) == at_us else since
        for n, since in enumerate(state.level_since_us)
    )
    fitting = [n for n, since in enumerate(since_us) if since and _fits(levels[n], since)]
    opened = replace(state, level_since_us=since_us) if since_us != state.level_since_us else state
    return _proven(opened, at_us, [level.hold_us for level in levels], fitting)


def _opens_us(state: RuleState, levels: Sequence[Level], n: int, sign: float) -> int | None:
    """Return when the window opens in which a level, whose value holds, counts next."""
    active, since_us = levels[n].active, state.level_since_us[n]
    if active is None or state.last_value < sign * levels[n].raise_at:
        return None
    if since_us and _fits(levels[n], since_us):
        return None
    return active.next_open_us(since_us or state.last_us)


def _fits(level: Level, since_us: int) -> bool:
    return level.active is None or since_us + level.hold_us <= level.active.close_us(since_us)


def _proven(
    state: RuleState, at_us: int, holds_us: Sequence[int], fitting: Sequence[int] | None = None
) -> RuleState:
    """Raise the level; ``fitting``: only these may be proven (None: all, a reading says so)."""
    if state.phase is Phase.PENDING:
        return state
    proven = [
        n
        for n, since_us in enumerate(state.level_since_us)
        if since_us
        and (fitting is None or n in fitting)
        and (n == 0 or at_us - since_us >= holds_us[n])
    ]
    level = max([state.level, 0, *proven])
    return state if level == state.level else replace(state, level=level)
