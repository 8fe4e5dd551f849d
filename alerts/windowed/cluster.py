"""R05: several traps of one sewer branch whose episodes began together. Pure.

A branch's value is the number of its traps on which a member rule fired within the window; once
raised it stays until no member's episode is open any more.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from alerts.circumstances.model import FOREVER_US
from alerts.rules.compiled import CompiledRule, Level, RuleInForce, timing_of
from alerts.rules.kinds.cluster import ClusterParameters


class Member(NamedTuple):
    """An episode of a member rule on a trap of the branch; ``ended_us`` None: open."""

    trap_id: int
    fired_us: int
    ended_us: int | None


def cluster_value(members: Iterable[Member], at_us: int, within_us: int, traps_min: int) -> float:
    """Return the value of a branch at an instant, from its members known then."""
    known = [m for m in members if m.fired_us <= at_us]
    recent = {m.trap_id for m in known if at_us - m.fired_us <= within_us}
    if len(recent) >= traps_min:
        return float(len(recent))
    still_open = {m.trap_id for m in known if (m.ended_us or FOREVER_US) > at_us}
    return min(float(len(still_open)), traps_min - 1.0)


def turning_points(members: Sequence[Member]) -> list[int]:
    """Return the instants at which the value may change in a way that matters."""
    points = {m.fired_us for m in members}
    points.update(m.ended_us for m in members if m.ended_us is not None)
    return sorted(points)


def compile_cluster(rule: RuleInForce, parameters: ClusterParameters) -> CompiledRule:
    """Return a cluster rule for branches."""
    levels = (Level(rule.definition.severity, float(parameters.traps_min)),)
    return CompiledRule(rule, None, levels, 1.0, **timing_of(rule, parameters, 86_400.0))
