"""The section of a trap as geometry: chambers, outlet, cover, and the level of now. Pure.

Source of the shape: a two-chamber interceptor with an underflow baffle (EN 1825-1). Heights are to
scale, widths are not: the register does not know them.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

#: The box of the drawing; y grows downwards.
WIDTH, HEIGHT = 360, 240
_FLOOR_Y, _COVER_Y = 220.0, 40.0


class Section(NamedTuple):
    """Heights as y of the drawing. ``level_y`` None: nobody knows the level.

    ``freeboard_mm``: how far the level may rise to the cover. ``is_old``: no longer of now.
    """

    invert_y: float
    cover_y: float
    floor_y: float
    level_y: float | None
    level_mm: float | None
    surcharge_mm: float | None
    freeboard_mm: float | None
    measured_at: datetime | None
    is_old: bool
    limits: list[tuple[str, float]]


def section(
    *,
    outlet_invert_mm: float,
    cover_mm: float,
    level_mm: float | None,
    measured_at: datetime | None,
    now: datetime,
    gap: timedelta,
    limits: list[tuple[str, float]],
) -> Section:
    """Return the drawing; ``limits`` are names and levels. A level above the cover ends there."""

    def y(height_mm: float) -> float:
        return round(_FLOOR_Y - height_mm / cover_mm * (_FLOOR_Y - _COVER_Y), 1)

    shown_mm = None if level_mm is None else min(max(level_mm, 0.0), cover_mm)
    return Section(
        invert_y=y(outlet_invert_mm),
        cover_y=_COVER_Y,
        floor_y=_FLOOR_Y,
        level_y=None if shown_mm is None else y(shown_mm),
        level_mm=level_mm,
        surcharge_mm=None if level_mm is None else level_mm - outlet_invert_mm,
        freeboard_mm=None if level_mm is None else cover_mm - level_mm,
        measured_at=measured_at,
        is_old=measured_at is None or now - measured_at > gap,
        limits=[(name, y(height_mm)) for name, height_mm in limits if height_mm <= cover_mm],
    )
