"""What kitchens discharge: meal times by type of restaurant, and bursts. Pure; dice are passed in.

Field flow is highly intermittent: part of the water runs steadily while the kitchen works, the
rest comes as sinks and dishwashers being emptied.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.instant import DAY_US, HOUR_US, SECOND_US
from simulators.physics import Floats

#: Jiashan's clock: UTC+8 all year.
LOCAL_OFFSET_US = 8 * HOUR_US

#: Profiles are constant over slots of five minutes.
SLOT_S = 300
_SLOTS = 86_400 // SLOT_S
_BURST_RATIO = 0.6
_BURST_L = (20.0, 60.0)
_BURST_LPS = (0.3, 1.0)
_MEAN_BURST_L = sum(_BURST_L) / 2

_BREAKFAST, _LUNCH, _DINNER, _NIGHT = (6.0, 8.0), (10.5, 13.5), (16.5, 20.5), (21.0, 24.75)
_SUPPER = (16.5, 18.5)
#: Share of the day's water by meal; the windows are local hours and may pass midnight.
MEALS = {
    "large": ((_LUNCH, 0.42), (_DINNER, 0.58)),
    "small": ((_BREAKFAST, 0.22), (_LUNCH, 0.40), (_DINNER, 0.38)),
    "canteen": ((_BREAKFAST, 0.25), (_LUNCH, 0.45), (_SUPPER, 0.30)),
    "night_market": ((_DINNER, 0.40), (_NIGHT, 0.60)),
}
KITCHEN_TYPES = tuple(MEALS)


def _profile(meals: tuple[tuple[tuple[float, float], float], ...]) -> Floats:
    """Return the share of the day's water per second, by slots of five minutes."""
    profile = np.zeros(_SLOTS)
    for (from_h, to_h), share in meals:
        slots = np.arange(round(from_h * 12), round(to_h * 12))
        # A meal swells and ebbs: half a sine over its window, never below six tenths of its crest.
        shape = np.maximum(np.sin(np.pi * (np.arange(len(slots)) + 0.5) / len(slots)), 0.6)
        np.add.at(profile, slots % _SLOTS, share * shape / (shape.sum() * SLOT_S))
    return profile


#: Share of the day's water per second, by type and slot: shape (types, slots).
PROFILES = np.array([_profile(MEALS[kind]) for kind in KITCHEN_TYPES])


@dataclass(slots=True)
class Kitchens:
    """n kitchens: ``water_l_a_day`` (0: shut) and type; and the water waiting in their sinks."""

    water_l_a_day: Floats
    type_index: NDArray[np.intp]
    waiting_l: Floats
    running_lps: Floats

    @classmethod
    def idle(cls, water_l_a_day: Floats, type_index: NDArray[np.intp]) -> Self:
        """Return kitchens with empty sinks; ``type_index`` counts in KITCHEN_TYPES."""
        count = len(water_l_a_day)
        return cls(water_l_a_day, type_index, np.zeros(count), np.zeros(count))

    def draw(self, at_us: int, dt_s: float, rng: np.random.Generator) -> Floats:
        """Return the mean inflow of the next ``dt_s`` (at most a minute) in L/s, shape (n,)."""
        slot = (at_us + LOCAL_OFFSET_US) % DAY_US // (SLOT_S * SECOND_US)
        mean_lps: Floats = self.water_l_a_day * PROFILES[self.type_index, slot]
        due = mean_lps * (_BURST_RATIO * dt_s / _MEAN_BURST_L)
        started = np.flatnonzero(rng.random(len(due)) < due)
        if len(started):
            self.waiting_l[started] += rng.uniform(*_BURST_L, len(started))
            self.running_lps[started] = rng.uniform(*_BURST_LPS, len(started))
        burst_lps = np.minimum(self.waiting_l / dt_s, self.running_lps)
        self.waiting_l = np.maximum(self.waiting_l - burst_lps * dt_s, 0.0)
        inflow_lps: Floats = mean_lps * (1.0 - _BURST_RATIO) + burst_lps
        return inflow_lps
