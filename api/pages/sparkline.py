"""A line of levels as SVG geometry: small, still, and with its gaps. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from api.charts.schemas import TrapChart

WIDTH, HEIGHT = 320, 120


class Limit(NamedTuple):
    """A level drawn across; ``y`` in SVG units."""

    code: str
    level_mm: float
    y: float


class Sparkline(NamedTuple):
    """``points``: one polyline for each stretch without a gap."""

    points: list[str]
    limits: list[Limit]
    lowest_mm: float | None
    highest_mm: float | None
    latest_mm: float | None
    gap_count: int


def sparkline(chart: TrapChart) -> Sparkline:
    """Return the level of a chart, from the trap's floor to its cover."""
    from_s, to_s = chart.from_at.timestamp(), chart.to_at.timestamp()
    known = [value for value in chart.level_mm.mean if value is not None]
    top_mm = max([chart.cover_mm * 1.05, *known])

    def x(at_s: float) -> int:
        return round((at_s - from_s) / (to_s - from_s) * WIDTH)

    def y(level_mm: float) -> float:
        return round(HEIGHT - level_mm / top_mm * HEIGHT, 1)

    stretches: list[list[tuple[int, float]]] = [[]]
    for at_s, level_mm in zip(chart.level_mm.at_s, chart.level_mm.mean, strict=True):
        if level_mm is None:
            stretches.append([])
        else:
            stretches[-1].append((x(at_s), y(level_mm)))
    drawn = [_thinned(stretch) for stretch in stretches if stretch]
    limits = [
        Limit("invert", chart.outlet_invert_mm, y(chart.outlet_invert_mm)),
        *(Limit(t.rule_code, t.level_mm, y(t.level_mm)) for t in chart.thresholds),
        Limit("cover", chart.cover_mm, y(chart.cover_mm)),
    ]
    return Sparkline(
        points=drawn,
        limits=limits,
        lowest_mm=min(known, default=None),
        highest_mm=max(known, default=None),
        latest_mm=known[-1] if known else None,
        gap_count=max(0, len(drawn) - 1),
    )


def _thinned(stretch: Sequence[tuple[int, float]]) -> str:
    """Return a stretch with its highest level a pixel; a single point twice, so that it shows."""
    highest: dict[int, float] = {}
    for x, y in stretch:
        highest[x] = min(y, highest.get(x, y))
    points = [f"{x},{y}" for x, y in highest.items()]
    return " ".join(points * 2 if len(points) == 1 else points)
