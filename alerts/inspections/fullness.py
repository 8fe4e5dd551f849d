"""How full a trap is of fat and solids, by the 25 % rule. Pure.

A level cannot tell it: fat floats within a fixed level. The rule is a policy number (Honolulu, late
1990s; Dallas measures the depth from the floor to the outlet invert), not a constant of nature.
"""

from typing import NamedTuple

#: From here on the trap has to be pumped out.
DUE_RATIO = 0.25


class Dip(NamedTuple):
    """Thickness of a trap's layers, from the top; mm."""

    fog_mm: float
    water_mm: float
    solids_mm: float


def fullness_ratio(dip: Dip, depth_mm: float) -> float:
    """Return fat and solids as a part of the depth from the floor to the outlet invert."""
    return (dip.fog_mm + dip.solids_mm) / depth_mm


def is_due(ratio: float) -> bool:
    """Whether a trap so full has to be pumped out."""
    return ratio >= DUE_RATIO


def fits(dip: Dip, cover_mm: float) -> bool:
    """Whether the layers find room below the cover."""
    return sum(dip) <= cover_mm
