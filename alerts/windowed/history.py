"""What windowed rules look at: everything known of one trap over a stretch of time. Pure values.

Live it is loaded from the database for a few hours or days, in replay made from memory for months;
the rules cannot tell the difference, since they only look back a bounded time from an instant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.circumstances.model import Span
from alerts.schedules.opening import OpeningHours
from alerts.subject import Subject
from alerts.windowed.trap_day import TrapDay
from core.reading import Metric

Instants = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Which of readings made and received at two instants had come in time.
InTime = Callable[[Instants, Instants], Bools]


class Series(NamedTuple):
    """Good readings of one metric in event-time order; arrays of shape (n,), instants in µs."""

    at_us: Instants
    value: Floats

    @classmethod
    def of(cls, at_us: Instants, value: Floats) -> "Series":
        """Return readings in any order, with repetitions, as a series of what was seen."""
        unique_us, first = np.unique(at_us, return_index=True)
        return cls(unique_us, value[first]).seen()

    def seen(self) -> "Series":
        """Return it with what was too near to be seen (NaN) as what was seen last before."""
        hidden = np.isnan(self.value)
        if not hidden.any():
            return self
        last = np.maximum.accumulate(np.where(hidden, -1, np.arange(len(self.value))))
        known = last >= 0
        return Series(self.at_us[known], self.value[last[known]])

    def smoothed(self) -> "Series":
        """Return the median of each reading and its neighbours: single wrong ones vanish."""
        if len(self.value) < 3:
            return self
        triples = np.lib.stride_tricks.sliding_window_view(self.value, 3)
        middle = np.median(triples, axis=1)
        return Series(self.at_us, np.concatenate([self.value[:1], middle, self.value[-1:]]))

    def between(self, from_us: int, to_us: int) -> "Series":
        """Return the readings in [from, to)."""
        start, end = np.searchsorted(self.at_us, (from_us, to_us))
        return Series(self.at_us[start:end], self.value[start:end])

    def latest(self, instants: Instants, age_us_max: int) -> Floats:
        """Return the newest value at each instant, NaN where it is older than ``age_us_max``."""
        if not len(self.at_us):
            return np.full(len(instants), np.nan)
        place = np.searchsorted(self.at_us, instants, side="right") - 1
        known = place >= 0
        place = np.maximum(place, 0)
        fresh = known & (instants - self.at_us[place] <= age_us_max)
        return np.where(fresh, self.value[place], np.nan)

    def latest_at(self, instants: Instants) -> Instants:
        """Return when the newest reading at each instant was made; a very old instant if none."""
        return newest_before(self.at_us, instants)


#: Long ago: an instant before all data.
LONG_AGO_US = -(2**61)
NO_SERIES = Series(np.empty(0, np.int64), np.empty(0, np.float64))


def newest_before(moments: Instants, instants: Instants) -> Instants:
    """Return the last of sorted ``moments`` at or before each instant; LONG_AGO_US if none."""
    if not len(moments):
        return np.full(len(instants), LONG_AGO_US)
    place = np.searchsorted(moments, instants, side="right") - 1
    return np.where(place >= 0, moments[np.maximum(place, 0)], LONG_AGO_US)


class PumpedOut(NamedTuple):
    """A manifest: when and how much was pumped, since when we know of it, whether it is verified.

    ``verified_us`` is our clock at the confirmation that verified it; None: not yet.
    """

    at_us: int
    volume_l: float
    known_us: int
    verified_us: int | None


class Dip(NamedTuple):
    """An inspector's measurement with a stick: grease and solids in mm."""

    at_us: int
    fog_mm: float
    solids_mm: float


@dataclass(frozen=True, slots=True)
class OpenSpans:
    """When a restaurant works: sorted instants at which it opens and closes in turn.

    Where nobody knows the opening hours, it counts as always open: no night, no closed day.
    """

    edges_us: Instants

    @classmethod
    def of(cls, hours: OpeningHours, from_us: int, to_us: int) -> "OpenSpans":
        """Return the opening hours within [from, to)."""
        spans = hours.open_spans(from_us, to_us) if hours.is_known else [(from_us, to_us)]
        return cls(np.array(spans, dtype=np.int64).ravel())

    def open_mask(self, at_us: Instants) -> Bools:
        """Return for each instant whether it is open."""
        mask: Bools = np.searchsorted(self.edges_us, at_us, side="right") % 2 == 1
        return mask


@dataclass(frozen=True, slots=True)
class TrapHistory:
    """One trap; ``bad_us`` are event times of readings of the level that cannot be believed.

    ``days`` are digests of operating days, oldest first. ``closures``: the restaurant said it is
    shut. ``gateway_silences``: the gateway was silent, so the unit is not to blame.
    """

    subject: Subject
    report_interval_s: int
    opening: OpenSpans
    series: Mapping[Metric, Series] = field(default_factory=dict)
    bad_us: Instants = field(default_factory=lambda: np.empty(0, np.int64))
    heard_us: Instants = field(default_factory=lambda: np.empty(0, np.int64))
    days: Sequence[TrapDay] = ()
    works: Sequence[Span] = ()
    pump_outs: Sequence[PumpedOut] = ()
    dips: Sequence[Dip] = ()
    closures: Sequence[Span] = ()
    gateway_silences: Sequence[Span] = ()

    def of(self, metric: Metric) -> Series:
        """Return a metric's readings, empty where there are none."""
        return self.series.get(metric, NO_SERIES)

    @property
    def outlet_invert_mm(self) -> float:
        """The static water level."""
        assert self.subject.trap is not None, "a history is of a trap"
        return self.subject.trap.outlet_invert_mm

    def day_at(self, instants: Instants) -> NDArray[np.intp]:
        """Return the number in ``days`` of the last digest that was complete; -1: none."""
        ready_us = np.array([day.ready_us for day in self.days], dtype=np.int64)
        return np.searchsorted(ready_us, instants, side="right") - 1


def merged(histories: Sequence[TrapHistory]) -> TrapHistory:
    """Return the histories of one trap's devices as one; most traps have one device only.

    Raises: ValueError: there are none.
    """
    first, *others = histories
    if not others:
        return first
    series: dict[Metric, Series] = {}
    for metric in {metric for history in histories for metric in history.series}:
        parts = [history.of(metric) for history in histories]
        at_us = np.concatenate([part.at_us for part in parts])
        series[metric] = Series.of(at_us, np.concatenate([part.value for part in parts]))
    silences = {span for history in histories for span in history.gateway_silences}
    return replace(
        first,
        report_interval_s=min(history.report_interval_s for history in histories),
        series=series,
        bad_us=np.unique(np.concatenate([history.bad_us for history in histories])),
        heard_us=np.unique(np.concatenate([history.heard_us for history in histories])),
        gateway_silences=sorted(silences),
    )
