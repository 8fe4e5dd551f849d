"""An operating day of a trap in a few numbers: what rules about weeks remember of its readings.

Pure values. An operating day runs from 06:00 to 06:00 local time, so that a night belongs to the
day before it. NaN where the readings do not say.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

NAN = float("nan")


class Service(NamedTuple):
    """Half an operating day in which the kitchen worked (until 15:00 local, and after).

    ``head_mm`` is the mean head in it, ``resistance`` the head for a flow of 1 L/s as the meter
    and the level gave it (mm / (L/s)^(2/3)); NaN without a flow meter or too little flow.
    """

    end_us: int
    head_mm: float
    resistance: float


@dataclass(frozen=True, slots=True)
class TrapDay:
    """``ready_us``: when it could be known. Levels are relative to the trap's outlet invert.

    ``resting_mm``: the level in the night, NaN where it was not at rest. ``sustained_mm``: the
    highest level that was not undercut for an hour. ``night_fall_mm_h`` and ``night_hours``:
    how the level fell while no water ran, and how long that could be watched; ``night_end_mm``:
    the level at its end. ``online_ratio``: the part of the day with readings. ``volume_l``:
    discharge while open and in all; ``night_l``: discharge while closed, ``night_peak_lps`` the
    highest quarter of an hour of it, ``night_cover_open``: the cover was open then.
    ``was_open``: by opening hours and closures. ``cuts_us``: silences in working hours that
    were not the gateway's, from and to.
    """

    day: date
    ready_us: int
    resting_mm: float = NAN
    sustained_mm: float = NAN
    night_fall_mm_h: float = NAN
    night_hours: float = 0.0
    night_end_mm: float = NAN
    online_ratio: float = 0.0
    volume_l: float = NAN
    night_l: float = NAN
    night_peak_lps: float = NAN
    night_cover_open: bool = False
    was_open: bool = True
    services: tuple[Service, ...] = ()
    cuts_us: tuple[tuple[int, int], ...] = ()
