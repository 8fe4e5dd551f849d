"""Water and grease in a fleet of traps: levels, heads, blockages, leaks, spills. Pure numpy.

A.dL/dt = Q_in - Q_out - Q_drain with Q_out = (1 - b).C.max(0, L - L_ref)^1.5; C is fitted to
critical depth at a DN100 outlet (0.56 L/s at 32 mm). L_ref is the outlet invert plus the lift of
the floating grease, or the level in the sewer where that stands higher: then water also comes
back. Q_drain is a leak or a pump. Above the cover the water leaves through the cover: the level
is clipped and the spill counted.
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Discharge coefficients of a DN100 outlet, and of the DN150 ones that larger traps have.
OUTLET_LPS_PER_M15 = 98.0
DN150_LPS_PER_M15 = 130.0
#: Longer steps are divided: at 60 s an explicit scheme invents swings of 131 mm.
SUB_STEP_S_MAX = 10.0
#: Grease floats at 0.90 of the water's density: a layer lifts the surface by a tenth of it.
GREASE_LIFT = 0.1
#: What a trap retains: 80 % until it is a quarter full, 40 % from half full on.
_RETAINED_FRESH, _RETAINED_FULL = 0.8, 0.4
_QUARTER, _HALF = 0.25, 0.5
_FULL_RATIO_MAX = 0.9


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds a fleet's water while nothing is done to it; every array has shape (n,).

    ``reference_mm`` is the level at which no water flows through the outlet, ``backs_up`` where
    that is the sewer's; ``drain_lps`` goes to a leak or a pump, never below ``low_mm``.
    """

    reference_mm: Floats
    backs_up: Bools
    blockage: Floats
    outlet_lps_per_m15: Floats
    drain_lps: Floats
    low_mm: Floats
    cover_mm: Floats
    area_m2: Floats


@dataclass(frozen=True, slots=True)
class Course:
    """Levels after each sub-step, shape (steps, n); ``raised_mm`` before clipping to the bounds."""

    level_mm: Floats
    raised_mm: Floats

    @classmethod
    def empty(cls, steps: int, count: int) -> Self:
        """Return room for a course."""
        return cls(np.empty((steps, count)), np.empty((steps, count)))


def pass_through(
    start_mm: Floats, inflow_lps: Floats, bounds: Bounds, step_s: float, course: Course
) -> Floats:
    """Fill ``course`` from a level (n,) and inflows (steps, n); return the last level.

    Each sub-step is a linearised implicit one: it is stable at any step, never falls below the
    reference by discharge, and keeps the balance in = stored + out + drained + spilled exactly
    (``discharged_lps`` closes it).
    """
    head_min_m = np.where(bounds.backs_up, -np.inf, 0.0)
    conductance = (1.0 - bounds.blockage) * bounds.outlet_lps_per_m15
    # 1 mm on 1 m2 is 1 L; the slope is d(Q_out)/d(L) in L/s per mm.
    slope = conductance * (1.5e-3 * step_s) / bounds.area_m2
    raise_mm_per_lps = step_s / bounds.area_m2
    head_m, root, flow, change = (np.empty_like(start_mm) for _ in range(4))
    level_mm = start_mm
    for step in range(len(inflow_lps)):
        np.subtract(level_mm, bounds.reference_mm, out=head_m)
        np.multiply(head_m, 1e-3, out=head_m)
        np.maximum(head_m, head_min_m, out=head_m)
        np.abs(head_m, out=root)
        np.sqrt(root, out=root)
        np.multiply(conductance, root, out=flow)
        np.multiply(flow, head_m, out=flow)
        np.subtract(inflow_lps[step], flow, out=change)
        np.subtract(change, bounds.drain_lps, out=change)
        np.multiply(change, raise_mm_per_lps, out=change)
        np.multiply(slope, root, out=root)
        np.add(root, 1.0, out=root)
        np.divide(change, root, out=change)
        raised_mm = np.add(level_mm, change, out=course.raised_mm[step])
        level_mm = np.minimum(raised_mm, bounds.cover_mm, out=course.level_mm[step])
        np.maximum(level_mm, bounds.low_mm, out=level_mm)
    return level_mm


def discharged_lps(
    start_mm: Floats, inflow_lps: Floats, bounds: Bounds, step_s: float, course: Course
) -> Floats:
    """Return what left through the outlet in each sub-step, (steps, n); negative: came back."""
    risen_mm = course.raised_mm.copy()
    risen_mm[0] -= start_mm
    risen_mm[1:] -= course.level_mm[:-1]
    risen_mm *= bounds.area_m2 / step_s
    outflow_lps: Floats = inflow_lps - bounds.drain_lps
    outflow_lps -= risen_mm
    return outflow_lps


def layers_after(
    fog_mm: Floats, solids_mm: Floats, depth_mm: Floats, fog_in_mm: Floats, solids_in_mm: Floats
) -> tuple[Floats, Floats]:
    """Return grease and solids after layers of so many millimetres have come in, all (n,)."""
    filled = (fog_mm + solids_mm) / depth_mm
    late = np.clip((filled - _QUARTER) / (_HALF - _QUARTER), 0.0, 1.0)
    retained = _RETAINED_FRESH + (_RETAINED_FULL - _RETAINED_FRESH) * late
    retained = np.where(filled < _FULL_RATIO_MAX, retained, 0.0)
    return fog_mm + retained * fog_in_mm, solids_mm + retained * solids_in_mm


@dataclass(frozen=True, slots=True)
class FleetState:
    """One moment of n traps; every array has shape (n,), heights are above the trap floor.

    ``outflow_lps`` is the mean discharge of the last step, ``spilled_l`` what has left through the
    cover so far; ``blockage`` is 0 (free) to 1 (shut); ``drain_lps`` a leak or a pump; the layers
    grow by ``fog_mm_per_l`` and ``solids_mm_per_l`` of inflow before what is not retained.
    """

    outlet_invert_mm: Floats
    cover_mm: Floats
    area_m2: Floats
    level_mm: Floats
    blockage: Floats
    cover_open: Bools
    outflow_lps: Floats
    spilled_l: Floats
    drain_lps: Floats
    fog_mm: Floats
    solids_mm: Floats
    fog_mm_per_l: Floats
    solids_mm_per_l: Floats

    @classmethod
    def at_rest(cls, outlet_invert_mm: Floats, cover_mm: Floats, area_m2: Floats) -> Self:
        """Return traps that are full to the outlet, free, closed and without grease."""
        count = len(outlet_invert_mm)
        return cls(
            outlet_invert_mm,
            cover_mm,
            area_m2,
            level_mm=outlet_invert_mm.copy(),
            blockage=np.zeros(count),
            cover_open=np.zeros(count, np.bool_),
            outflow_lps=np.zeros(count),
            spilled_l=np.zeros(count),
            drain_lps=np.zeros(count),
            fog_mm=np.zeros(count),
            solids_mm=np.zeros(count),
            fog_mm_per_l=np.zeros(count),
            solids_mm_per_l=np.zeros(count),
        )

    @property
    def surcharge_mm(self) -> Floats:
        """How far the levels stand above the outlets, negative below."""
        return self.level_mm - self.outlet_invert_mm

    @property
    def freeboard_left_mm(self) -> Floats:
        """Room left below the covers."""
        return self.cover_mm - self.level_mm


def advance(state: FleetState, inflow_lps: Floats, dt_s: float) -> FleetState:
    """Return the fleet ``dt_s`` later under a constant inflow, shape (n,)."""
    steps = max(1, ceil(dt_s / SUB_STEP_S_MAX))
    step_s = dt_s / steps
    count = len(inflow_lps)
    bounds = Bounds(
        reference_mm=state.outlet_invert_mm + GREASE_LIFT * state.fog_mm,
        backs_up=np.zeros(count, np.bool_),
        blockage=state.blockage,
        outlet_lps_per_m15=np.full(count, OUTLET_LPS_PER_M15),
        drain_lps=state.drain_lps,
        low_mm=np.zeros(count),
        cover_mm=state.cover_mm,
        area_m2=state.area_m2,
    )
    course = Course.empty(steps, count)
    inflows = np.broadcast_to(inflow_lps, (steps, count))
    level_mm = pass_through(state.level_mm, inflows, bounds, step_s, course)
    outflow_lps = discharged_lps(state.level_mm, inflows, bounds, step_s, course)
    over_mm = np.maximum(course.raised_mm - state.cover_mm, 0.0)
    fog_mm, solids_mm = layers_after(
        state.fog_mm,
        state.solids_mm,
        state.outlet_invert_mm,
        state.fog_mm_per_l * inflow_lps * dt_s,
        state.solids_mm_per_l * inflow_lps * dt_s,
    )
    return replace(
        state,
        level_mm=level_mm.copy(),
        spilled_l=state.spilled_l + over_mm.sum(axis=0) * state.area_m2,
        outflow_lps=outflow_lps.mean(axis=0),
        fog_mm=fog_mm,
        solids_mm=solids_mm,
    )


def steady_head_mm(inflow_lps: float, blockage: float = 0.0) -> float:
    """Return the head that passes an inflow for good; infinite if the outlet is shut."""
    conductance = (1.0 - blockage) * OUTLET_LPS_PER_M15
    if conductance <= 0:
        return float("inf")
    return float(1_000 * (inflow_lps / conductance) ** (2 / 3))
