"""Charts without a script: shares of a box, for SVG attributes. Pure."""

from collections.abc import Sequence
from math import log10
from typing import NamedTuple

from alerts.claims.model import Claim

WIDTH, HEIGHT = 1_000.0, 220.0
#: An interval's axis is logarithmic: half and double lie equally far from "no change".
_RATIO_MIN, _RATIO_MAX = 0.1, 10.0


class Point(NamedTuple):
    """A value's place; ``marked``: it says more than chance."""

    x: float
    y: float
    marked: bool


class Chart(NamedTuple):
    """An XmR chart within WIDTH and HEIGHT; no limits: None."""

    points: tuple[Point, ...]
    path: str
    mean_y: float | None
    lower_y: float | None
    upper_y: float | None
    top: float


class Interval(NamedTuple):
    """A rate ratio and its interval as places from 0 to 100; 50 is no change."""

    ratio: float | None
    low: float
    high: float | None
    at: float | None
    from_at: float
    to_at: float


def chart_of(
    values: Sequence[float],
    marked: Sequence[bool],
    mean: float | None,
    lower: float | None,
    upper: float | None,
) -> Chart:
    """Return where the months of a series stand, and its limits if it has any."""
    top = max([1.0, *values, upper or 0.0]) * 1.08

    def height(value: float) -> float:
        return round(HEIGHT * (1 - max(0.0, value) / top), 1)

    step = WIDTH / max(1, len(values))
    points = tuple(
        Point(round(step * (place + 0.5), 1), height(value), is_marked)
        for place, (value, is_marked) in enumerate(zip(values, marked, strict=True))
    )
    path = " ".join(f"{'L' if place else 'M'}{p.x} {p.y}" for place, p in enumerate(points))
    has_limits = mean is not None and lower is not None and upper is not None
    return Chart(
        points,
        path,
        height(mean) if has_limits and mean is not None else None,
        height(lower) if has_limits and lower is not None else None,
        height(upper) if has_limits and upper is not None else None,
        top,
    )


def interval_of(claim: Claim) -> Interval:
    """Return the interval that the verdict rests on, of the deduplicated count."""
    figures = claim.figures.deduplicated.treated
    bounds = figures.overdispersed if figures.used == "overdispersed" else figures.exact
    bounds = bounds or figures.exact
    ratio = figures.rate_ratio
    return Interval(
        ratio,
        bounds.low,
        bounds.high,
        None if ratio is None else _place(ratio),
        _place(bounds.low),
        100.0 if bounds.high is None else _place(bounds.high),
    )


def _place(ratio: float) -> float:
    held = min(_RATIO_MAX, max(_RATIO_MIN, ratio))
    return round(100 * (log10(held) - log10(_RATIO_MIN)) / (log10(_RATIO_MAX / _RATIO_MIN)), 1)
