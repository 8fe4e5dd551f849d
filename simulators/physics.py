"""Water in a fleet of grease traps: levels, heads, blockages, spills. Pure numpy.

A.dL/dt = Q_in - Q_out with Q_out = (1 - b).C.max(0, L - L_out)^1.5; C is fitted to critical depth
at a DN100 outlet (0.56 L/s at 32 mm). Grease floats within a fixed level, so it is left out.
Above the cover the water leaves through the cover: the level is clipped and the spill counted.
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Discharge coefficient of a DN100 outlet.
OUTLET_LPS_PER_M15 = 98.0
#: Longer steps are divided: at 60 s an explicit scheme invents swings of 131 mm.
SUB_STEP_S_MAX = 10.0


@dataclass(frozen=True, slots=True)
class FleetState:
    """One moment of n traps; every array has shape (n,), heights are above the trap floor.

    ``outflow_lps`` is the mean discharge of the last step, ``spilled_l`` what has left through the
    cover so far; ``blockage`` is 0 (free) to 1 (shut).
    """

    outlet_invert_mm: Floats
    cover_mm: Floats
    area_m2: Floats
    level_mm: Floats
    blockage: Floats
    cover_open: Bools
    outflow_lps: Floats
    spilled_l: Floats

    @classmethod
    def at_rest(cls, outlet_invert_mm: Floats, cover_mm: Floats, area_m2: Floats) -> Self:
        """Return traps that are full to the outlet, free and closed."""
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
    """Return the fleet ``dt_s`` later under a constant inflow, shape (n,).

    Each sub-step is a linearised implicit one: it is stable at any step, never falls below the
    outlet by discharge, and keeps the balance in = stored + out + spilled exactly.
    """
    steps = max(1, ceil(dt_s / SUB_STEP_S_MAX))
    step_s = dt_s / steps
    level_mm, spilled_l = state.level_mm, state.spilled_l
    discharged_l = np.zeros_like(level_mm)
    conductance = (1.0 - state.blockage) * OUTLET_LPS_PER_M15
    for _ in range(steps):
        head_m = np.maximum(level_mm - state.outlet_invert_mm, 0.0) / 1_000
        root = np.sqrt(head_m)
        # 1 mm on 1 m2 is 1 L; the slope is d(Q_out)/d(L) in L/s per mm.
        slope = 1.5e-3 * conductance * root
        balance_lps = inflow_lps - conductance * head_m * root
        stored_l = step_s * balance_lps / (1.0 + step_s * slope / state.area_m2)
        discharged_l += inflow_lps * step_s - stored_l
        raised_mm = level_mm + stored_l / state.area_m2
        level_mm = np.minimum(raised_mm, state.cover_mm)
        spilled_l = spilled_l + (raised_mm - level_mm) * state.area_m2
    return replace(
        state, level_mm=level_mm, spilled_l=spilled_l, outflow_lps=discharged_l / max(dt_s, 1e-9)
    )


def steady_head_mm(inflow_lps: float, blockage: float = 0.0) -> float:
    """Return the head that passes an inflow for good; infinite if the outlet is shut."""
    conductance = (1.0 - blockage) * OUTLET_LPS_PER_M15
    if conductance <= 0:
        return float("inf")
    return float(1_000 * (inflow_lps / conductance) ** (2 / 3))
