"""Which restaurants a day's visit takes in, and in which order. Pure.

What is urgent comes first: a ticket that is red or late. The rest of the places go to neighbours,
each time to the one nearest to any that is chosen already, whatever is due there: who is next door
anyway checks it. Without anything urgent the most severe restaurant is where the plan begins.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from alerts.rules.definition import SEVERITIES
from alerts.visits.model import Candidate, Point
from alerts.visits.routing import distances_m, length_m, route

_NEVER = datetime.max.replace(tzinfo=UTC)


class PlannedStop(NamedTuple):
    """A restaurant in the order to drive; ``leg_m``: from the last place that is known."""

    candidate: Candidate
    leg_m: float | None


def make_plan(
    candidates: Sequence[Candidate], start: Point | None, stop_count_max: int
) -> list[PlannedStop]:
    """Return at most ``stop_count_max`` restaurants in the order to drive.

    Urgent ones first, each part on a short way. One without coordinates is the last of its part.
    """
    due = sorted((one for one in candidates if one.items), key=_urgency)
    chosen = _choose(due, stop_count_max)
    at = start
    stops: list[PlannedStop] = []
    for part in ([c for c in chosen if c.is_urgent], [c for c in chosen if not c.is_urgent]):
        located = [(one, one.point) for one in part if one.point is not None]
        for index in route([point for _, point in located], at):
            candidate, point = located[index]
            stops.append(PlannedStop(candidate, None if at is None else length_m([at, point])))
            at = point
        stops += [PlannedStop(one, None) for one in part if one.point is None]
    return stops


def _choose(due: Sequence[Candidate], count_max: int) -> list[Candidate]:
    """Return the urgent (or the first) and their nearest neighbours; ``due`` by urgency."""
    chosen = [one for one in due if one.is_urgent][:count_max] or list(due[:1])
    taken_ids = {one.restaurant_id for one in chosen}
    rest = [one for one in due if one.restaurant_id not in taken_ids]
    located = [(one, one.point) for one in rest if one.point is not None]
    points = [point for _, point in located]
    reach = np.full(len(located), np.inf)
    for one in chosen:
        if one.point is not None:
            reach = np.minimum(reach, distances_m([one.point], points)[0])
    taken = np.zeros(len(located), dtype=bool)
    while len(chosen) < count_max and not taken.all():
        # Where nothing chosen has coordinates all are equally far: the first by urgency.
        near = int(np.argmin(np.where(taken, np.inf, np.minimum(reach, 1e9))))
        taken[near] = True
        chosen.append(located[near][0])
        reach = np.minimum(reach, distances_m([points[near]], points)[0])
    unlocated = [one for one in rest if one.point is None]
    return chosen + unlocated[: count_max - len(chosen)]


def _urgency(candidate: Candidate) -> tuple[bool, int, datetime, int]:
    ranks = [str(severity) for severity in SEVERITIES]
    worst = max((ranks.index(i.severity) for i in candidate.items if i.severity), default=-1)
    first_due = min((item.due_at or _NEVER for item in candidate.items), default=_NEVER)
    return not candidate.is_urgent, -worst, first_due, candidate.restaurant_id
