"""Which complaints are about one matter (重复投诉). Pure.

A complaint is linked to the first of its matter, never to one that is itself a repetition: links
make no chains. Only complaints of one category are compared, so fume never meets sewage.
"""

from collections.abc import Iterable
from typing import NamedTuple

from alerts.complaints.positions import Position, distance_m

#: So near each other two positions are one place.
SAME_PLACE_M = 50.0


class Report(NamedTuple):
    """A complaint as it is compared; ``certainty`` is how sure its restaurant is, 0 to 1.

    ``position`` is None where only the area is known.
    """

    complaint_id: int
    source: str
    external_ref: str | None
    channel: str
    category: str
    received_us: int
    restaurant_id: int | None
    certainty: float
    position: Position | None


class Repetition(NamedTuple):
    """That a complaint repeats an earlier one, why, and how sure that is, 0 to 1."""

    complaint_id: int
    first_id: int
    reason: str
    score: float


def link(fresh: Iterable[Report], firsts: Iterable[Report], window_us: int) -> list[Repetition]:
    """Return which of the fresh complaints repeat an earlier one.

    ``firsts``: known complaints near them that repeat none. Fresh ones are looked at in the order
    in which they were received, and one that repeats none is the first of those after it.
    """
    known = list(firsts)
    links: list[Repetition] = []
    for report in sorted(fresh, key=lambda r: (r.received_us, r.complaint_id)):
        found = [
            (first.received_us, first.complaint_id, *why)
            for first in known
            if (why := _same_matter(report, first, window_us)) is not None
        ]
        if found:
            _, first_id, reason, score = min(found)
            links.append(Repetition(report.complaint_id, first_id, reason, score))
        else:
            known.append(report)
    return links


def _same_matter(one: Report, other: Report, window_us: int) -> tuple[str, float] | None:
    """Return why two complaints are about one matter, and how sure that is; None: they are not."""
    if one.complaint_id == other.complaint_id or one.category != other.category:
        return None
    if _same_reference(one, other):
        return "same number at the same hotline", 0.95
    if abs(one.received_us - other.received_us) > window_us:
        return None
    return _same_place(one, other)


def _same_place(one: Report, other: Report) -> tuple[str, float] | None:
    """Return why two complaints are about one place; a known restaurant says more than a map."""
    if one.restaurant_id is not None and other.restaurant_id is not None:
        if one.restaurant_id != other.restaurant_id:
            return None
        return "same restaurant", round(0.95 * min(one.certainty, other.certainty), 4)
    if one.position is None or other.position is None:
        return None
    apart_m = distance_m(one.position, other.position)
    if apart_m > SAME_PLACE_M:
        return None
    return f"{apart_m:.0f} m apart", round(0.8 - 0.4 * apart_m / SAME_PLACE_M, 4)


def _same_reference(one: Report, other: Report) -> bool:
    return (
        one.external_ref is not None
        and one.external_ref == other.external_ref
        and one.channel == other.channel
        and one.source != other.source
    )
