"""What n kitchens let run over whole days, drawn in bulk: steps in flow, not flow by step. Pure.

Part of the water runs steadily in the shape of the meal (simulators.kitchen); the rest comes as
sinks being emptied (20-60 L at 0.3-1.0 L/s), dishwasher cycles (3-10 L) and a floor wash half an
hour to an hour after each service.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.instant import EPOCH
from simulators.festivals import is_public_holiday
from simulators.kitchen import KITCHEN_TYPES, MEALS, PROFILES, SLOT_S
from simulators.physics import Floats

Ints = NDArray[np.int64]

#: Length of a step of the flow, seconds.
STEP_S = 10.0
STEPS_A_DAY = round(86_400 / STEP_S)
STEPS_A_SLOT = round(SLOT_S / STEP_S)

_SINK_RATIO, _MACHINE_RATIO, _WASH_RATIO = 0.35, 0.08, 0.05
#: The steady share of a kitchen's water.
STEADY_RATIO = 1.0 - _SINK_RATIO - _MACHINE_RATIO - _WASH_RATIO
_SINK_L, _SINK_LPS = (20.0, 60.0), (0.3, 0.4, 1.0)
_MACHINE_L, _MACHINE_LPS = (3.0, 10.0), (0.1, 0.15, 0.2)
_WASH_AFTER_S, _WASH_S = (1_800.0, 3_000.0), (300.0, 600.0)
#: Flows are multiples of this, so that sums of steps are exact.
QUANTUM_LPS = 1.0 / 1_024
_DAY_SIGMA = 0.10
_WATER_FACTOR = (0.6, 1.4)
#: Water by weekday, Monday first; a canteen shuts at week-ends and on holidays.
_WEEK = {
    "large": (0.90, 0.90, 0.95, 0.95, 1.05, 1.15, 1.10),
    "small": (1.00, 1.00, 1.00, 1.00, 1.05, 1.00, 0.90),
    "canteen": (1.00, 1.00, 1.00, 1.00, 0.95, 0.00, 0.00),
    "night_market": (0.80, 0.85, 0.90, 0.95, 1.25, 1.30, 1.00),
}
_HOLIDAY = {"large": 1.2, "small": 1.0, "canteen": 0.0, "night_market": 1.2}


@dataclass(frozen=True, slots=True)
class FlowEdges:
    """m changes of the flow into traps, each array (m,): at which step, which trap, by how much."""

    step: Ints
    place: NDArray[np.intp]
    change_lps: Floats

    @classmethod
    def of(cls, step: Ints, steps: Ints, place: NDArray[np.intp], rate_lps: Floats) -> Self:
        """Return the edges of flows that begin at a step and last some steps."""
        rate_lps = np.round(rate_lps / QUANTUM_LPS) * QUANTUM_LPS
        return cls(
            np.concatenate([step, step + steps]),
            np.concatenate([place, place]),
            np.concatenate([rate_lps, -rate_lps]),
        )

    @classmethod
    def joined(cls, parts: "list[FlowEdges]") -> Self:
        """Return all edges, in order of their steps."""
        step = np.concatenate([part.step for part in parts])
        order = np.argsort(step, kind="stable")
        place = np.concatenate([part.place for part in parts])
        change_lps = np.concatenate([part.change_lps for part in parts])
        return cls(step[order], place[order], change_lps[order])

    def split(self, step: int) -> "tuple[FlowEdges, FlowEdges]":
        """Return the edges before a step, and the others; only of edges in order."""
        at = int(np.searchsorted(self.step, step))
        return (
            FlowEdges(self.step[:at], self.place[:at], self.change_lps[:at]),
            FlowEdges(self.step[at:], self.place[at:], self.change_lps[at:]),
        )


def water_factors(
    type_index: NDArray[np.intp], first_day: int, days: int, rng: np.random.Generator
) -> Floats:
    """Return by how much each day's water differs from a usual day's, shape (days, n).

    ``first_day``: local days since the epoch. Zero: shut.
    """
    count = len(type_index)
    week = np.array([_WEEK[kind] for kind in KITCHEN_TYPES])
    holiday = np.array([_HOLIDAY[kind] for kind in KITCHEN_TYPES])
    usual = np.empty((days, count))
    dates = [(EPOCH + timedelta(days=first_day + day)).date() for day in range(days)]
    for day, on in enumerate(dates):
        factors = holiday if is_public_holiday(on) else week[:, on.weekday()]
        usual[day] = factors[type_index]
    varied = np.clip(rng.lognormal(0.0, _DAY_SIGMA, (days, count)), *_WATER_FACTOR)
    factor: Floats = usual * varied
    return factor


def day_edges(
    water_l: Floats, type_index: NDArray[np.intp], first_step: int, rng: np.random.Generator
) -> FlowEdges:
    """Return the bursts of one local day that begins at ``first_step``; ``water_l``: (n,)."""
    parts = []
    for ratio, litres, rates in (
        (_SINK_RATIO, _SINK_L, _SINK_LPS),
        (_MACHINE_RATIO, _MACHINE_L, _MACHINE_LPS),
    ):
        counts = rng.poisson(water_l * ratio / (sum(litres) / 2))
        place = np.repeat(np.arange(len(water_l), dtype=np.intp), counts)
        slot = _slots(type_index[place], rng)
        within = rng.integers(0, STEPS_A_SLOT, len(place))
        step: Ints = first_step + slot * STEPS_A_SLOT + within
        volume_l = rng.uniform(*litres, len(place))
        steps = np.maximum(np.rint(volume_l / rng.triangular(*rates, len(place)) / STEP_S), 1)
        parts.append(FlowEdges.of(step, steps.astype(np.int64), place, volume_l / steps / STEP_S))
    parts.append(_washes(water_l, type_index, first_step, rng))
    return FlowEdges.joined(parts)


def steady_lps(water_l: Floats, type_index: NDArray[np.intp], slots: Ints) -> Floats:
    """Return the steady flows of slots of the day, shape (slots, n); ``water_l``: (slots, n)."""
    flow: Floats = STEADY_RATIO * water_l * PROFILES[type_index[None, :], slots[:, None]]
    return flow


def _slots(type_index: NDArray[np.intp], rng: np.random.Generator) -> Ints:
    """Draw a slot of the day for each burst; a slot after midnight belongs to the next day."""
    slots_a_day = PROFILES.shape[1]
    slot = np.empty(len(type_index), dtype=np.int64)
    for kind in range(len(KITCHEN_TYPES)):
        chosen = np.flatnonzero(type_index == kind)
        shares = PROFILES[kind] / PROFILES[kind].sum()
        drawn = rng.choice(slots_a_day, len(chosen), p=shares)
        # Only the night market is open after midnight, and nobody at four in the morning.
        slot[chosen] = np.where(drawn < slots_a_day // 6, drawn + slots_a_day, drawn)
    return slot


def _washes(
    water_l: Floats, type_index: NDArray[np.intp], first_step: int, rng: np.random.Generator
) -> FlowEdges:
    parts = []
    for kind, name in enumerate(KITCHEN_TYPES):
        place = np.flatnonzero((type_index == kind) & (water_l > 0))
        for (_, to_h), share in MEALS[name]:
            after_s = rng.uniform(*_WASH_AFTER_S, len(place))
            steps = np.rint(rng.uniform(*_WASH_S, len(place)) / STEP_S).astype(np.int64)
            from_step: Ints = first_step + np.rint((to_h * 3_600 + after_s) / STEP_S).astype(
                np.int64
            )
            rate_lps = water_l[place] * (_WASH_RATIO * share) / (steps * STEP_S)
            parts.append(FlowEdges.of(from_step, steps, place, rate_lps))
    return FlowEdges.joined(parts)
