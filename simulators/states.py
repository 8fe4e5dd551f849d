"""States of the water, noise-free at sub-step resolution: what a perfect rule would have said.

Pure. A state is looked at three times: at its limit less two sigma of the sensor (``loose``), at
its limit, and at its limit plus two sigma (``strict``). An episode is a loose run; it is certain
where it contains a strict run longer than the hold and a report interval, else borderline.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from core.instant import MINUTE_US
from simulators.course import STEPS_AN_HOUR, Hour
from simulators.discharge import STEP_S
from simulators.physics import Bools, Floats
from simulators.plan.model import STEP_US, Plan
from simulators.truth import Grade

SURCHARGE_MM, SURCHARGE_RATIO, SURCHARGE_HOLD_S = 100.0, 0.5, 600.0
OVERFLOW_RATIO, OVERFLOW_HOLD_S = 0.9, 120.0
RISE_MM_PER_MIN, RISE_OVER_S, RISE_ETA_S, RISE_FROM_MM = 8.0, 300.0, 1_800.0, 80.0
FLOW_HOLD_S = 600.0
_FLOW_ERROR = 0.02
_WINDOW = round(RISE_OVER_S / STEP_S)
_FLOW_WINDOW = round(FLOW_HOLD_S / STEP_S)
_MERGE_STEPS = 30 * MINUTE_US // STEP_US
_GREASE_GAP_H = 12


class _Run(NamedTuple):
    first: int
    last: int


@dataclass(slots=True)
class _Track:
    """Runs of one state; ``open`` has the step at which a run began that still goes on."""

    hold_s: float
    needs: str
    loose: defaultdict[int, list[_Run]] = field(default_factory=lambda: defaultdict(list))
    nominal: defaultdict[int, list[_Run]] = field(default_factory=lambda: defaultdict(list))
    strict: defaultdict[int, list[_Run]] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: int, first_step: int, masks: tuple[Bools, Bools, Bools]) -> None:
        """Add what an hour shows of one trap: masks at the three limits, each (steps,)."""
        for runs, mask in zip((self.loose, self.nominal, self.strict), masks, strict=True):
            if not mask.any():
                continue
            padded = np.concatenate([[False], mask, [False]])
            turns = np.flatnonzero(padded[1:] != padded[:-1]) + first_step
            for begin, end in zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True):
                own = runs[place]
                if own and own[-1].last == begin:
                    own[-1] = _Run(own[-1].first, end)
                else:
                    own.append(_Run(begin, end))


class StateWatch:
    """Looks at the hours of a plan's water and labels states at the end."""

    def __init__(self, plan: Plan, sigma_mm: Floats) -> None:
        fleet = plan.fleet
        self._plan = plan
        self._sigma_mm = sigma_mm
        self._surcharge_mm = fleet.outlet_mm + np.minimum(
            SURCHARGE_MM, SURCHARGE_RATIO * fleet.freeboard_mm
        )
        self._overflow_mm = fleet.outlet_mm + OVERFLOW_RATIO * fleet.freeboard_mm
        self._tracks = {
            "surcharge": _Track(SURCHARGE_HOLD_S, "level_mm"),
            "overflow": _Track(OVERFLOW_HOLD_S, "level_mm"),
            "spill": _Track(0.0, "level_mm"),
            "fast_rise": _Track(RISE_OVER_S, "level_mm"),
            "over_flow": _Track(FLOW_HOLD_S, "flow_lps"),
        }
        self._peak_mm: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        self._tail_mm: Floats | None = None
        self._tail_lps: Floats | None = None

    def look(self, hour: Hour) -> None:
        """Take in one hour."""
        fleet, sigma_mm = self._plan.fleet, self._sigma_mm
        level_mm, first = hour.level_mm, hour.first_step
        highest_mm = level_mm.max(axis=0)
        for place in np.flatnonzero(highest_mm > self._surcharge_mm - 2 * sigma_mm).tolist():
            own, sigma = level_mm[:, place], float(sigma_mm[place])
            self._at(
                "surcharge", place, first, own, limit=self._surcharge_mm[place], margin=2 * sigma
            )
            self._at(
                "overflow", place, first, own, limit=self._overflow_mm[place], margin=2 * sigma
            )
            over = hour.raised_mm[:, place] > fleet.cover_mm[place]
            self._tracks["spill"].add(place, first, (over, over, over))
            self._peak_mm[place].append((first, float(highest_mm[place])))
        self._rises(hour, highest_mm)
        self._flows(hour)

    def _at(
        self, state: str, place: int, first: int, values: Floats, *, limit: float, margin: float
    ) -> None:
        masks = (values >= limit - margin, values >= limit, values >= limit + margin)
        self._tracks[state].add(place, first, masks)

    def _rises(self, hour: Hour, highest_mm: Floats) -> None:
        fleet = self._plan.fleet
        level_mm = hour.level_mm
        before = (
            self._tail_mm if self._tail_mm is not None else level_mm[:1].repeat(_WINDOW, axis=0)
        )
        self._tail_mm = level_mm[-_WINDOW:].copy()
        from_mm = fleet.outlet_mm + RISE_FROM_MM
        for place in np.flatnonzero(highest_mm > from_mm - 2 * self._sigma_mm).tolist():
            own = np.concatenate([before[:, place], level_mm[:, place]])
            slope = (own[_WINDOW:] - own[:-_WINDOW]) / (RISE_OVER_S / 60)
            left_mm = fleet.cover_mm[place] - own[_WINDOW:]
            margin_mm = 2 * float(self._sigma_mm[place])
            # The difference of two readings has a larger error than each.
            margin_slope = 1.41 * margin_mm / (RISE_OVER_S / 60)
            masks = tuple(
                (slope >= RISE_MM_PER_MIN + side * margin_slope)
                & (left_mm < slope * RISE_ETA_S / 60)
                & (own[_WINDOW:] >= from_mm[place] + side * margin_mm)
                for side in (-1, 0, 1)
            )
            self._tracks["fast_rise"].add(place, hour.first_step, (masks[0], masks[1], masks[2]))

    def _flows(self, hour: Hour) -> None:
        rated = self._plan.fleet.rated_lps
        flow = hour.outflow_lps
        before = (
            self._tail_lps if self._tail_lps is not None else np.zeros_like(flow[:_FLOW_WINDOW])
        )
        self._tail_lps = flow[-_FLOW_WINDOW:].copy()
        for place in np.flatnonzero(flow.max(axis=0) > 0.9 * rated).tolist():
            own = np.concatenate([before[:, place], flow[:, place]])
            total = np.cumsum(np.concatenate([[0.0], own]))
            mean = (total[_FLOW_WINDOW:] - total[:-_FLOW_WINDOW])[1:] / _FLOW_WINDOW
            # A gap of a few seconds between two bursts is not what a rule at five minutes sees.
            limit = float(rated[place])
            masks = (
                (mean >= 0.9 * limit) | (flow[:, place] >= limit),
                flow[:, place] >= limit,
                flow[:, place] >= limit * (1 + 2 * _FLOW_ERROR),
            )
            self._tracks["over_flow"].add(place, hour.first_step, masks)

    def label(self) -> None:
        """Label all that was seen in the plan's truth."""
        for state, track in self._tracks.items():
            for place, runs in sorted(track.loose.items()):
                for run in _merged(runs, _MERGE_STEPS):
                    self._label_run(state, track, place, run)

    def _label_run(self, state: str, track: _Track, place: int, run: _Run) -> None:
        plan = self._plan
        hold = track.hold_s / STEP_S
        # What a rule that looks once an interval, and not more finely, needs to be sure of it.
        sure = hold + (0 if plan.triggered and state != "over_flow" else plan.report_us / STEP_US)
        strict = _inside(track.strict[place], run)
        nominal = _inside(track.nominal[place], run)
        longest = max((r.last - r.first for r in strict), default=0)
        if max(r.last - r.first for r in _inside(track.loose[place], run)) < hold / 2:
            return
        grade: Grade = "certain" if longest >= max(sure, 1) else "borderline"
        held = [r for r in nominal if r.last - r.first >= hold]
        begin = held[0].first if held else run.first
        end = held[-1].last if held else run.last
        seen = self._peak_mm[place]
        # The hour in which it began, and all until its end.
        from_hour = bisect_left(seen, (run.first - STEPS_AN_HOUR + 1, 0.0))
        to_hour = bisect_left(seen, (run.last, 0.0))
        level: dict[str, Any] = {}
        if track.needs == "level_mm" and to_hour > from_hour:
            peak_mm = max(mm for _, mm in seen[from_hour:to_hour]) - plan.fleet.outlet_mm[place]
            blind = plan.fleet.blind_mm[place] < self._overflow_mm[place]
            level = {"peak_surcharge_mm": round(float(peak_mm)), "blind": bool(blind)}
        plan.label(
            state,
            place,
            plan.start_us + begin * STEP_US,
            plan.start_us + end * STEP_US,
            track.needs,
            grade=grade,
            reached=bool(held),
            held_s=longest * STEP_S,
            **level,
        )


def _inside(runs: list[_Run], outer: _Run) -> list[_Run]:
    """Return the runs that begin in a run of a laxer limit; both in order."""
    return runs[bisect_left(runs, (outer.first,)) : bisect_left(runs, (outer.last,))]


def _merged(runs: list[_Run], gap_steps: int) -> list[_Run]:
    merged = runs[:1]
    for run in runs[1:]:
        if run.first - merged[-1].last <= gap_steps:
            merged[-1] = _Run(merged[-1].first, run.last)
        else:
            merged.append(run)
    return merged


def label_grease(plan: Plan, filled: Floats, sigma_ratio: Floats) -> None:
    """Label where the 24 h median of (grease + solids) / depth is 20 % or more.

    ``filled``: at the end of each hour, shape (hours, n); ``sigma_ratio``: a probe's error, (n,).
    """
    hours = len(filled)
    if hours < 24:
        return
    for place in np.flatnonzero(filled.max(axis=0) > 0.2 - 2 * sigma_ratio.max()).tolist():
        windows = np.lib.stride_tricks.sliding_window_view(filled[:, place], 24)
        median = np.concatenate([np.zeros(23), np.median(windows, axis=1)])
        sigma = 2 * float(sigma_ratio[place])
        track = _Track(0.0, "fog_mm solids_mm")
        track.add(place, 0, (median >= 0.2 - sigma, median >= 0.2, median >= 0.2 + sigma))
        for run in _merged(track.loose[place], _GREASE_GAP_H):
            nominal, strict = _inside(track.nominal[place], run), _inside(track.strict[place], run)
            grade: Grade = "certain" if sum(r.last - r.first for r in strict) >= 6 else "borderline"
            begin = nominal[0].first if nominal else run.first
            end = nominal[-1].last if nominal else run.last
            peak = round(float(median[run.first : run.last].max()), 3)
            plan.label(
                "grease",
                place,
                plan.start_us + begin * STEPS_AN_HOUR * STEP_US,
                plan.start_us + end * STEPS_AN_HOUR * STEP_US,
                track.needs,
                grade=grade,
                reached=bool(nominal),
                peak_ratio=peak,
            )
