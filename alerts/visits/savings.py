"""How many visits were saved by doing several duties at once, and how far they drove. Pure.

Without bundling each duty has its own inspector: one visit per (restaurant, kind of duty) of which
something was handled. What was left open or was gone would have been a wasted trip either way and
counts for nothing, so a visit that handled nothing saves -1.

Distances compare two sets of ways over the same places by the same rules: those that were driven,
in the order in which they were, and one tour per plan and kind of duty, each by the shortest way
that ``routing`` finds. No tour returns to its start. Places without coordinates are in neither.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from alerts.visits.model import Duty, Outcome, Point
from alerts.visits.routing import length_m, route


class Visit(NamedTuple):
    """A stop that was visited; ``ends``: the duty of each of its items and how that ended."""

    inspection_plan_id: int
    start: Point | None
    point: Point | None
    ends: tuple[tuple[Duty, Outcome], ...]

    @property
    def handled(self) -> frozenset[Duty]:
        """Return the kinds of duty of which something was handled."""
        return frozenset(duty for duty, outcome in self.ends if outcome is Outcome.HANDLED)


class Savings(NamedTuple):
    """Figures of a period; lengths on great circles, m."""

    plan_count: int
    visit_count: int
    unlocated_visit_count: int
    items: Mapping[tuple[Duty, Outcome], int]
    separate_visit_count: int
    driven_m: float
    separate_m: float

    @property
    def saved_visit_count(self) -> int:
        """Return how many visits fewer were made; negative: more."""
        return self.separate_visit_count - self.visit_count


def savings_of(visits: Iterable[Visit]) -> Savings:
    """Return the figures of visits, which come by plan and in the order in which they were made."""
    tours = [list(group) for _, group in groupby(visits, key=lambda v: v.inspection_plan_id)]
    made = [visit for tour in tours for visit in tour]
    return Savings(
        plan_count=len(tours),
        visit_count=len(made),
        unlocated_visit_count=sum(visit.point is None for visit in made),
        items=Counter(end for visit in made for end in visit.ends),
        separate_visit_count=sum(len(visit.handled) for visit in made),
        driven_m=sum(_driven_m(tour) for tour in tours),
        separate_m=sum(_tour_m(tour, duty) for tour in tours for duty in Duty),
    )


def _driven_m(tour: list[Visit]) -> float:
    points = [visit.point for visit in tour if visit.point is not None]
    return _from_start_m(tour[0].start, points)


def _tour_m(tour: list[Visit], duty: Duty) -> float:
    points = [v.point for v in tour if v.point is not None and duty in v.handled]
    start = tour[0].start
    return _from_start_m(start, [points[index] for index in route(points, start)])


def _from_start_m(start: Point | None, points: list[Point]) -> float:
    return length_m(points if start is None or not points else [start, *points])
