"""Kind ``draw_down``: a trap that was emptied although nobody filed a pump-out (R08).

Raising at once would punish every crew that files late, so a manifest is waited for; by then the
water has come back, which a sensor that was moved or cut does not show.
"""

from typing import NamedTuple

import numpy as np

from alerts.circumstances.model import FOREVER_US
from alerts.rules.compiled import Level, RuleInForce
from alerts.rules.parameters import Ratio, Seconds, TimingParameters
from alerts.windowed.history import Floats, Instants, Series, TrapHistory
from alerts.windowed.indicator import Cadence, Indicator
from core.instant import DAY_US, HOUR_US, SECOND_US
from core.reading import Metric


class DrawDownParameters(TimingParameters):
    """What an emptied trap looks like, and how long its manifest may take.

    A drop of ``drop_ratio`` of the depth within ``within_s`` that refills by ``refill_ratio`` of
    itself; raised ``wait_s`` later unless a manifest is near (``match_s``), and kept up for
    ``keep_s``.
    """

    drop_ratio: Ratio = 0.4
    within_s: Seconds = 3_600.0
    refill_ratio: Ratio = 0.5
    wait_s: Seconds = 86_400.0
    match_s: Seconds = 86_400.0
    keep_s: Seconds = 43_200.0


class DrawDown(NamedTuple):
    """When the level was lowest (``level_mm``), how far it had dropped, how much came back."""

    at_us: int
    level_mm: float
    drop_mm: float
    refilled_mm: float


def find_draw_downs(level: Series, depth_mm: float, p: DrawDownParameters) -> list[DrawDown]:
    """Return the draw-downs in a series, oldest first."""
    within_us = round(p.within_s * SECOND_US)
    at_us, value = level.smoothed()
    low = np.flatnonzero(value <= (1.0 - p.drop_ratio) * depth_mm + 20.0)
    found: list[DrawDown] = []
    until_us = -1
    for place in low.tolist():
        if at_us[place] <= until_us:
            continue
        start = int(np.searchsorted(at_us, at_us[place] - within_us))
        before = float(np.max(value[start : place + 1]))
        # How far it goes down in the same hour.
        end = int(np.searchsorted(at_us, at_us[place] + within_us))
        lowest = place + int(np.argmin(value[place:end]))
        drop_mm = before - float(value[lowest])
        if drop_mm < p.drop_ratio * depth_mm:
            continue
        after = value[lowest : int(np.searchsorted(at_us, at_us[lowest] + DAY_US))]
        refilled_mm = float(np.max(after)) - float(value[lowest])
        soon = value[lowest : int(np.searchsorted(at_us, at_us[lowest] + HOUR_US))]
        if len(soon) >= 6 and np.ptp(soon) == 0.0:
            continue  # water moves; a wire that was cut does not
        found.append(DrawDown(int(at_us[lowest]), float(value[lowest]), drop_mm, refilled_mm))
        until_us = int(at_us[lowest]) + 2 * HOUR_US
    return found


def indicate(history: TrapHistory, instants: Instants, parameters: DrawDownParameters) -> Floats:
    """Return 1 while an unregistered draw-down is on record, else 0."""
    wait_us = round(parameters.wait_s * SECOND_US)
    keep_us = round(parameters.keep_s * SECOND_US)
    values = np.zeros(len(instants))
    level = history.of(Metric.LEVEL_MM)
    all_found = [
        found
        for found in find_draw_downs(level, history.outlet_invert_mm, parameters)
        if found.refilled_mm >= parameters.refill_ratio * found.drop_mm
    ]
    matched = _matched(history, all_found, parameters)
    for found in all_found:
        due_us = found.at_us + wait_us
        if matched.get(found.at_us, FOREVER_US) <= due_us or _is_at_work(history, found, due_us):
            continue
        values[(instants >= due_us) & (instants < due_us + keep_us)] = 1.0
    return values


def _matched(history: TrapHistory, found: list[DrawDown], p: DrawDownParameters) -> dict[int, int]:
    """Return since when each draw-down's manifest is known: nearest first, each manifest once."""
    match_us = round(p.match_s * SECOND_US)
    pairs = sorted(
        (abs(out.at_us - draw_down.at_us), draw_down.at_us, n)
        for n, out in enumerate(history.pump_outs)
        for draw_down in found
        if abs(out.at_us - draw_down.at_us) <= match_us
    )
    known_us: dict[int, int] = {}
    used: set[int] = set()
    for _, at_us, n in pairs:
        if at_us not in known_us and n not in used:
            known_us[at_us] = history.pump_outs[n].known_us
            used.add(n)
    return known_us


def _is_at_work(history: TrapHistory, found: DrawDown, due_us: int) -> bool:
    return any(
        work.from_us <= found.at_us <= work.to_us and work.known_us <= due_us
        for work in history.works
    )


def _limits(rule: RuleInForce, _p: DrawDownParameters) -> tuple[tuple[Level, ...], float]:
    return (Level(rule.definition.severity, 1.0),), 0.5


DRAW_DOWN = Indicator(Cadence.HOURLY, indicate, _limits)
