"""What people wrote down about traps in a stretch of time. Pure values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerts.circumstances.model import Span
from alerts.schedules.opening import OpeningHours
from alerts.windowed.history import Dip, PumpedOut


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything is by trap number; pump-outs are those of manifests."""

    openings: Mapping[int, OpeningHours] = field(default_factory=dict)
    works: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    pump_outs: Mapping[int, Sequence[PumpedOut]] = field(default_factory=dict)
    dips: Mapping[int, Sequence[Dip]] = field(default_factory=dict)
    closures: Mapping[int, Sequence[Span]] = field(default_factory=dict)
