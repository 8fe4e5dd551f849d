"""A stretch of the past as rules are replayed on it: readings, and what people did. Pure values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerts.circumstances.model import Span
from alerts.schedules.opening import OpeningHours
from alerts.windowed.history import Dip, PumpedOut
from core.reading_batch import ReadingBatch
from core.registry.model import Registry


@dataclass(frozen=True, slots=True)
class Past:
    """``readings`` are in order of arrival, of all qualities; the rest is by trap number."""

    from_us: int
    to_us: int
    registry: Registry
    readings: ReadingBatch
    openings: Mapping[int, OpeningHours] = field(default_factory=dict)
    works: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    pump_outs: Mapping[int, Sequence[PumpedOut]] = field(default_factory=dict)
    dips: Mapping[int, Sequence[Dip]] = field(default_factory=dict)
    closures: Mapping[int, Sequence[Span]] = field(default_factory=dict)
