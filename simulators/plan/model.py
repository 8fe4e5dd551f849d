"""The plan of a simulated period: what acts on the water, on the units and on the link, and when.

Pure values; instants are microseconds since the epoch, places are indexes of traps.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from core.instant import SECOND_US
from simulators.discharge import STEP_S, FlowEdges
from simulators.observed import ObservedFleet
from simulators.truth import Grade, TrueEpisode

STEP_US = round(STEP_S * SECOND_US)


class ActionKind(StrEnum):
    """What may be done to a trap at one moment."""

    BLOCK = "block"  #: ``value``: blockage 0..1
    LEAK = "leak"  #: ``value``: litres a second
    PUMP = "pump"  #: ``value``: litres a second, ``low_mm``: down to there
    CLEAN = "clean"  #: ``value``: the share of grease and solids that is left


class Action(NamedTuple):
    """Something done to the water of one trap."""

    at_us: int
    place: int
    kind: ActionKind
    value: float
    low_mm: float = 0.0


class Growth(NamedTuple):
    """A blockage that grows from nothing to ``peak`` and stays until it is cleared."""

    place: int
    start_us: int
    rate_a_day: float
    peak: float
    end_us: int


class BackUp(NamedTuple):
    """The sewer standing up to ``head_mm`` above the outlets of a branch's traps."""

    places: tuple[int, ...]
    start_us: int
    full_us: int
    falling_us: int
    end_us: int
    head_mm: float


class Span(NamedTuple):
    """Something that holds at one trap for a while; ``value`` by what it is."""

    place: int
    start_us: int
    end_us: int
    value: float = 0.0


class SensorFault(NamedTuple):
    """A unit that misreads: ``kind`` is stuck, cut, offset, tilted, drift or foam."""

    kind: str
    place: int
    start_us: int
    end_us: int
    value: float = 0.0


class Job(NamedTuple):
    """Planned work on a trap; ``filed_us`` is when it was entered."""

    trap_code: str
    kind: str
    planned_from_us: int
    planned_to_us: int
    opened_us: int
    closed_us: int
    filed_us: int


class PumpOut(NamedTuple):
    """A manifest: ``confirmations`` has the instant of each party that confirmed."""

    trap_code: str
    at_us: int
    volume_l: float
    hauler: str
    filed_us: int
    confirmations: dict[str, int]


class Inspection(NamedTuple):
    """An inspector's dip."""

    trap_code: str
    at_us: int
    fog_mm: float
    solids_mm: float


class Closure(NamedTuple):
    """A restaurant that said that it would be shut for a while."""

    trap_code: str
    from_us: int
    to_us: int


class Rain(NamedTuple):
    """Rain of one hour in one town."""

    town_code: str
    hour_us: int
    mm: float


@dataclass(slots=True)
class Plan:
    """Everything that is going to happen between ``start_us`` and ``end_us``."""

    fleet: ObservedFleet
    start_us: int
    end_us: int
    report_us: int
    triggered: bool
    actions: list[Action] = field(default_factory=list)
    growths: list[Growth] = field(default_factory=list)
    back_ups: list[BackUp] = field(default_factory=list)
    inflows: list[tuple[int, int, int, float]] = field(default_factory=list)
    dry: list[Span] = field(default_factory=list)
    open_covers: list[Span] = field(default_factory=list)
    shocks: list[Span] = field(default_factory=list)
    sensor_faults: list[SensorFault] = field(default_factory=list)
    silences: list[Span] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    pump_outs: list[PumpOut] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)
    inspections_at: list[tuple[int, int]] = field(default_factory=list)
    verified_us: dict[int, list[int]] = field(default_factory=dict)
    truth: list[TrueEpisode] = field(default_factory=list)

    def label(
        self,
        kind: str,
        place: int,
        start_us: int,
        end_us: int,
        needs: str,
        *,
        grade: Grade = "certain",
        **detail: Any,
    ) -> None:
        """Add an episode of one trap; ``needs``: metrics by label, ``a|b`` where either will do."""
        seen = {metric.label for metric in self.fleet.has(place)}
        wanted = [choice.split("|") for choice in needs.split()]
        found = [next((m for m in choice if m in seen), None) for choice in wanted]
        detail["metrics"] = [m or choice[0] for m, choice in zip(found, wanted, strict=True)]
        detail["observable"] = all(found)
        trap_code = self.fleet.traps[place].code
        self.truth.append(
            TrueEpisode(kind, int(start_us), int(end_us), trap_code, grade=grade, detail=detail)
        )

    def label_silences(self) -> None:
        """Add to each episode of a trap which part of it its unit was silent or sent late."""
        silent: defaultdict[str, list[Span]] = defaultdict(list)
        for span in self.silences:
            silent[self.fleet.traps[span.place].code].append(span)
        for episode in self.truth:
            spans = silent.get(episode.trap_code or "", [])
            over_us = sum(
                max(min(s.end_us, episode.end_us) - max(s.start_us, episode.start_us), 0)
                for s in spans
            )
            if over_us:
                length_us = max(episode.end_us - episode.start_us, 1)
                episode.detail["silent_ratio"] = round(min(over_us / length_us, 1.0), 3)

    def extra_edges(self) -> FlowEdges:
        """Return inflows that are not the kitchen's: dumps, hoses, crews that refill."""
        rows = np.array(self.inflows, dtype=np.float64).reshape(-1, 4)
        first = ((rows[:, 1] - self.start_us) // STEP_US).astype(np.int64)
        last = ((rows[:, 2] - self.start_us) // STEP_US).astype(np.int64)
        edges = FlowEdges.of(first, np.maximum(last - first, 1), rows[:, 0].astype(int), rows[:, 3])
        return FlowEdges.joined([edges])
