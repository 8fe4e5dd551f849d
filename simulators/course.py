"""Plays the water of a plan hour by hour: levels, discharge, grease, by sub-steps of 10 s. Pure.

Owns: the order in which kitchens, actions and physics meet. Never: what units report of it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

import numpy as np

from core.instant import DAY_US, HOUR_US
from simulators.discharge import (
    STEP_S,
    STEPS_A_SLOT,
    FlowEdges,
    Ints,
    day_edges,
    steady_lps,
    water_factors,
)
from simulators.kitchen import LOCAL_OFFSET_US, PROFILES, SLOT_S
from simulators.observed import ObservedFleet
from simulators.physics import (
    GREASE_LIFT,
    Bounds,
    Course,
    Floats,
    discharged_lps,
    layers_after,
    pass_through,
)
from simulators.plan.model import STEP_US, Action, ActionKind, BackUp, Plan

STEPS_AN_HOUR = round(3_600 / STEP_S)
_SLOTS_AN_HOUR = STEPS_AN_HOUR // STEPS_A_SLOT
_BACK_UP_STEPS = 6
_QUARTER = 0.25
_RETAINED = 0.8


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of n traps, 360 steps: arrays of (steps, n) at the end of each step, or (n,).

    ``discharged_l`` counts on from hour to hour; the layers are those at the end of the hour.
    """

    first_step: int
    level_mm: Floats
    raised_mm: Floats
    outflow_lps: Floats
    discharged_l: Floats
    fog_mm: Floats
    solids_mm: Floats


@dataclass(slots=True)
class _Water:
    """Where the water stands, and what acts on it: arrays of (n,)."""

    level_mm: Floats
    fog_mm: Floats
    solids_mm: Floats
    discharged_l: Floats
    blockage: Floats
    leak_lps: Floats
    pump_lps: Floats
    low_mm: Floats


def play(plan: Plan, rng: np.random.Generator) -> Iterator[Hour]:
    """Yield the hours of a plan, in order; ``plan.start_us`` must be a whole hour."""
    fleet = plan.fleet
    water = _at_start(plan)
    rates = layer_rates(fleet)
    flow = _Inflow(plan, rng)
    actions = deque(sorted(plan.actions))
    for hour in range((plan.end_us - plan.start_us) // HOUR_US):
        inflow_lps = flow.of_hour(hour)
        course = Course.empty(STEPS_AN_HOUR, len(fleet))
        outflow_lps = np.empty_like(course.level_mm)
        start_us = plan.start_us + hour * HOUR_US
        end_us = start_us + HOUR_US
        _grow(plan, water, start_us)
        backing = [b for b in plan.back_ups if b.start_us < end_us and b.end_us > start_us]
        cuts = {0, STEPS_AN_HOUR} | {
            (action.at_us - start_us) // STEP_US for action in _before(actions, end_us)
        }
        if backing:
            cuts |= set(range(0, STEPS_AN_HOUR, _BACK_UP_STEPS))
        for begin, end in pairwise(sorted(cuts)):
            while actions and (actions[0].at_us - start_us) // STEP_US <= begin:
                _act(water, actions.popleft())
            bounds = _bounds(plan, water, backing, start_us + begin * STEP_US)
            part = Course(course.level_mm[begin:end], course.raised_mm[begin:end])
            given = inflow_lps[begin:end]
            last_mm = pass_through(water.level_mm, given, bounds, STEP_S, part)
            outflow_lps[begin:end] = discharged_lps(water.level_mm, given, bounds, STEP_S, part)
            water.level_mm = last_mm
        _settle(fleet, water, rates, inflow_lps.sum(axis=0) * STEP_S)
        counted_l = water.discharged_l + np.cumsum(np.maximum(outflow_lps, 0.0), axis=0) * STEP_S
        water.discharged_l = counted_l[-1].copy()
        yield Hour(
            hour * STEPS_AN_HOUR,
            course.level_mm,
            course.raised_mm,
            outflow_lps,
            counted_l,
            water.fog_mm.copy(),
            water.solids_mm.copy(),
        )


def _before(actions: Iterable[Action], end_us: int) -> Iterator[Action]:
    return takewhile(lambda action: action.at_us < end_us, actions)


def _settle(
    fleet: ObservedFleet, water: _Water, rates: tuple[Floats, Floats], inflow_l: Floats
) -> None:
    fog_mm_per_l, solids_mm_per_l = rates
    water.fog_mm, water.solids_mm = layers_after(
        water.fog_mm,
        water.solids_mm,
        fleet.outlet_mm,
        inflow_l * fog_mm_per_l,
        inflow_l * solids_mm_per_l,
    )


def layer_rates(fleet: ObservedFleet) -> tuple[Floats, Floats]:
    """Return how many mm of grease and of solids a litre brings, before what is not retained.

    So that a quarter of the depth is full after ``quarter_days`` usual days.
    """
    total = _QUARTER * fleet.outlet_mm / fleet.quarter_days / (_RETAINED * fleet.water_l)
    return total * fleet.fog_share, total * (1.0 - fleet.fog_share)


def _at_start(plan: Plan) -> _Water:
    fleet = plan.fleet
    last_us = np.array([plan.verified_us[place][0] for place in range(len(fleet))])
    filled_mm = (plan.start_us - last_us) / DAY_US / fleet.quarter_days * _QUARTER * fleet.outlet_mm
    fog_mm = filled_mm * fleet.fog_share
    empty = np.zeros(len(fleet))
    return _Water(
        level_mm=fleet.outlet_mm + GREASE_LIFT * fog_mm,
        fog_mm=fog_mm,
        solids_mm=filled_mm - fog_mm,
        discharged_l=empty.copy(),
        blockage=empty.copy(),
        leak_lps=empty.copy(),
        pump_lps=empty.copy(),
        low_mm=empty.copy(),
    )


def _act(water: _Water, action: Action) -> None:
    place, value = action.place, action.value
    match action.kind:
        case ActionKind.BLOCK:
            water.blockage[place] = value
        case ActionKind.LEAK:
            water.leak_lps[place] = value
        case ActionKind.PUMP:
            water.pump_lps[place] = value
            low_mm = action.low_mm if value > 0 else 0.0
            water.low_mm[place] = min(low_mm, float(water.level_mm[place]))
        case ActionKind.CLEAN:
            water.fog_mm[place] *= value
            water.solids_mm[place] *= value


def _grow(plan: Plan, water: _Water, at_us: int) -> None:
    for growth in plan.growths:
        if growth.start_us <= at_us < growth.end_us:
            days = (at_us - growth.start_us) / DAY_US
            water.blockage[growth.place] = min(growth.peak, growth.rate_a_day * days)


def _bounds(plan: Plan, water: _Water, backing: list[BackUp], at_us: int) -> Bounds:
    fleet = plan.fleet
    reference_mm = fleet.outlet_mm + GREASE_LIFT * water.fog_mm
    backs_up = np.zeros(len(fleet), np.bool_)
    for back_up in backing:
        head_mm = back_up.head_mm * np.interp(
            at_us,
            (back_up.start_us, back_up.full_us, back_up.falling_us, back_up.end_us),
            (0.0, 1.0, 1.0, 0.0),
        )
        for place in back_up.places:
            sewer_mm = fleet.outlet_mm[place] + head_mm
            if sewer_mm > reference_mm[place]:
                reference_mm[place] = sewer_mm
                backs_up[place] = True
    return Bounds(
        reference_mm,
        backs_up,
        water.blockage.copy(),
        fleet.outlet_lps_per_m15,
        water.leak_lps + water.pump_lps,
        water.low_mm.copy(),
        fleet.cover_mm,
        fleet.area_m2,
    )


class _Inflow:
    """The inflow of the plan's traps, hour by hour."""

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        fleet = plan.fleet
        self._fleet = fleet
        self._rng = rng
        self._offset_us = plan.start_us + LOCAL_OFFSET_US
        self._first_day = self._offset_us // DAY_US - 1
        days = (plan.end_us - plan.start_us) // DAY_US + 3
        self._factor = water_factors(fleet.type_index, self._first_day, days, rng)
        for span in plan.dry:
            from_day = (span.start_us + LOCAL_OFFSET_US) // DAY_US - self._first_day
            to_day = (span.end_us + LOCAL_OFFSET_US) // DAY_US - self._first_day
            self._factor[max(from_day, 0) : max(to_day, 0), span.place] *= span.value
        self._waiting = plan.extra_edges()
        self._drawn_days = 0
        self._flow_lps: Floats = np.zeros(len(fleet))
        # The evening before the first day may still run after midnight.
        self._draw_days(1)
        before, self._waiting = self._waiting.split(0)
        np.add.at(self._flow_lps, before.place, before.change_lps)

    def of_hour(self, hour: int) -> Floats:
        """Return the inflow of an hour's steps, shape (steps, n)."""
        first = hour * STEPS_AN_HOUR
        at_us = self._offset_us + hour * HOUR_US
        self._draw_days((at_us + HOUR_US) // DAY_US - self._first_day + 1)
        now, self._waiting = self._waiting.split(first + STEPS_AN_HOUR)
        inflow_lps = np.zeros((STEPS_AN_HOUR, len(self._fleet)))
        np.add.at(inflow_lps, (now.step - first, now.place), now.change_lps)
        inflow_lps[0] += self._flow_lps
        np.cumsum(inflow_lps, axis=0, out=inflow_lps)
        self._flow_lps = inflow_lps[-1].copy()
        return inflow_lps + np.repeat(self._steady_lps(at_us), STEPS_A_SLOT, axis=0)

    def _steady_lps(self, at_us: int) -> Floats:
        slots: Ints = at_us // 1_000_000 // SLOT_S + np.arange(_SLOTS_AN_HOUR)
        slots_a_day = PROFILES.shape[1]
        # A shop that is open after midnight still works off the evening.
        day = slots // slots_a_day - self._first_day - (slots % slots_a_day < slots_a_day // 6)
        water_l = self._factor[day] * self._fleet.water_l
        return steady_lps(water_l, self._fleet.type_index, slots % slots_a_day)

    def _draw_days(self, until: int) -> None:
        while self._drawn_days < min(until, len(self._factor)):
            day = self._drawn_days
            midnight_us = (self._first_day + day) * DAY_US
            first_step = (midnight_us - self._offset_us) // STEP_US
            water_l = self._factor[day] * self._fleet.water_l
            drawn = day_edges(water_l, self._fleet.type_index, int(first_step), self._rng)
            self._waiting = FlowEdges.joined([self._waiting, drawn])
            self._drawn_days += 1
