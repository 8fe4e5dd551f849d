"""Which draw-down of a level goes with which manifest. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from alerts.pump_outs.model import DrawDown
from core.instant import HOUR_US

#: A crew's times are approximate, and the level may fall before or after what it writes down.
APART_US_MAX = 24 * HOUR_US
#: A trap refills with the next meal at the earliest: a second fall within the hour is the first.
SAME_US_MAX = HOUR_US


class Event(NamedTuple):
    """A stored draw-down or manifest and when it says that the trap was emptied."""

    pump_out_id: int
    trap_id: int
    at_us: int


class Link(NamedTuple):
    """A draw-down and its manifest, by number."""

    draw_down_id: int
    manifest_id: int


def match(draw_downs: Iterable[Event], manifests: Iterable[Event]) -> list[Link]:
    """Return links of the same trap, at most 24 h apart, nearest first, one to one.

    The order of the arguments' items does not matter: equal distances go to the earlier draw-down,
    then to the earlier manifest.
    """
    by_trap: dict[int, list[Event]] = {}
    for manifest in manifests:
        by_trap.setdefault(manifest.trap_id, []).append(manifest)
    pairs = sorted(
        (abs(manifest.at_us - fall.at_us), fall.at_us, manifest.at_us, *_ids(fall, manifest))
        for fall in draw_downs
        for manifest in by_trap.get(fall.trap_id, ())
        if abs(manifest.at_us - fall.at_us) <= APART_US_MAX
    )
    links: list[Link] = []
    taken_draw_downs: set[int] = set()
    taken_manifests: set[int] = set()
    for *_, draw_down_id, manifest_id in pairs:
        if draw_down_id not in taken_draw_downs and manifest_id not in taken_manifests:
            taken_draw_downs.add(draw_down_id)
            taken_manifests.add(manifest_id)
            links.append(Link(draw_down_id, manifest_id))
    return links


def unseen(draw_downs: Iterable[DrawDown], known: Iterable[Event]) -> list[DrawDown]:
    """Return the draw-downs that are not the same fall as a known or an earlier one, in order.

    Two devices of a trap, or an evaluation that is repeated with late data, see one fall twice.
    """
    seen: dict[int, list[int]] = {}
    for event in known:
        seen.setdefault(event.trap_id, []).append(event.at_us)
    fresh: list[DrawDown] = []
    for fall in sorted(draw_downs):
        at_trap = seen.setdefault(fall.trap_id, [])
        if all(abs(fall.detected_us - at_us) > SAME_US_MAX for at_us in at_trap):
            at_trap.append(fall.detected_us)
            fresh.append(fall)
    return fresh


def _ids(draw_down: Event, manifest: Event) -> tuple[int, int]:
    return draw_down.pump_out_id, manifest.pump_out_id
