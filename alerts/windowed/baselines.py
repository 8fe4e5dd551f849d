"""What is usual for a trap, from the digests of its days. Pure; robust against single bad days."""

from collections.abc import Sequence

import numpy as np

from alerts.windowed.trap_day import NAN, TrapDay

_DAYS = 30
_DAYS_MIN = 4
_SERVICES_MIN = 6
#: Below that a mean head is the sensor's noise.
_HEAD_FLOOR_MM = 6.0
_SAME_WEEKDAYS = 4


def usual_sustained_mm(days: Sequence[TrapDay]) -> float:
    """Return the usual daily maximum of the level that is not undercut for an hour, in mm.

    +inf while too few days are known.
    """
    known = [d.sustained_mm for d in days[-_DAYS:] if d.was_open and d.sustained_mm == d.sustained_mm]
    return float(np.median(known)) if len(known) >= _DAYS_MIN else float("inf")


def head_growth(days: Sequence[TrapDay], services: int, head_mm_min: float) -> float:
    """Return by how much the head has grown, at a given flow and of services as a whole.

    The least of the last ``services`` services against the median of those before. The mean head
    of a service varies with what is cooked, the head at a given flow only where there is a
    meter: the greater of the two counts. NaN while too few services are known.
    """
    if not days or not days[-1].services:
        return NAN
    known = [service for day in days[-_DAYS:] for service in day.services]
    heads = _growth([s.head_mm for s in known], services, floor=_HEAD_FLOOR_MM)
    if min(s.head_mm for s in known[-services:]) < head_mm_min:
        heads = min(heads, 1.0)  # what is small is mostly noise, whatever it was before
    measured = [s.resistance for s in known if s.resistance == s.resistance]
    return float(np.fmax(heads, _growth(measured, services, floor=0.0)))


def _growth(values: Sequence[float], services: int, floor: float) -> float:
    before, last = values[:-services], values[-services:]
    if len(before) < _SERVICES_MIN:
        return NAN
    baseline = max(float(np.median(before)), floor)
    return min(last) / baseline if baseline > 0 else NAN


def usual_volume_l(days: Sequence[TrapDay]) -> float:
    """Return the usual discharge of the newest day's weekday; NaN while too few are known."""
    today, before = days[-1], days[-1 - 7 * _SAME_WEEKDAYS : -1]
    worked = [d for d in before if d.was_open and d.volume_l == d.volume_l]
    same = [d.volume_l for d in worked if d.day.weekday() == today.day.weekday()]
    if len(same) < 2:
        same = [d.volume_l for d in worked]
        if len(same) < _DAYS_MIN:
            return NAN
    return float(np.median(same))
