"""A pump-out (清掏) as rules look at it: when verified, whether complete. Pure.

Instants are microseconds since the epoch; ``…_us`` of ours say since when something was known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

#: A full pump-out takes the trap's whole content; 20 % are left to gauges and rounding.
COMPLETE_RATIO_MIN = 0.8


class Party(StrEnum):
    """Who confirms a handover; the schema's comments give the Chinese terms."""

    GENERATOR = "generator"
    HAULER = "hauler"
    DISPOSER = "disposer"


class Source(StrEnum):
    """How a pump-out came to be known."""

    MANIFEST = "manifest"
    DETECTED = "detected"


class DrawDown(NamedTuple):
    """A level that fell by much within an hour; ``detected_us`` is when it had fallen."""

    trap_id: int
    detected_us: int
    level_before_mm: float
    level_min_mm: float


def verified_us(confirmed_us: Mapping[Party, int]) -> int | None:
    """Return since when the hauler and at least one other party had confirmed; None: not yet."""
    others = [at_us for party, at_us in confirmed_us.items() if party is not Party.HAULER]
    if Party.HAULER not in confirmed_us or not others:
        return None
    return max(confirmed_us[Party.HAULER], min(others))


def is_complete(volume_l: float, capacity_l: float) -> bool:
    """Whether so much was taken away that the trap must have been emptied."""
    return volume_l >= COMPLETE_RATIO_MIN * capacity_l


@dataclass(frozen=True, slots=True)
class PumpOut:
    """One pump-out: a manifest, or a draw-down that may have found its manifest.

    ``counterpart_id`` is the manifest's draw-down or the draw-down's manifest, since
    ``matched_us``; a draw-down has no volume, a manifest no level.
    """

    pump_out_id: int
    trap_id: int
    source: Source
    pumped_us: int
    filed_us: int
    volume_l: float | None
    capacity_l: float
    level_min_mm: float | None
    counterpart_id: int | None
    matched_us: int | None
    confirmed_us: Mapping[Party, int]

    @property
    def verified_us(self) -> int | None:
        """Since when the hauler and at least one other party had confirmed it."""
        return verified_us(self.confirmed_us)

    @property
    def is_complete(self) -> bool | None:
        """Whether its volume empties the trap; None where no volume is known."""
        return None if self.volume_l is None else is_complete(self.volume_l, self.capacity_l)
