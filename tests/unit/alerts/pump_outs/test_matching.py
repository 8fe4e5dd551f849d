from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from alerts.pump_outs.matching import APART_US_MAX, SAME_US_MAX, Event, Link, match, unseen
from alerts.pump_outs.model import DrawDown
from core.instant import HOUR_US

NOON_US = 1_767_585_600_000_000


def event(number: int, hours: float, trap_id: int = 1) -> Event:
    return Event(number, trap_id, NOON_US + round(hours * HOUR_US))


def fall(hours: float, trap_id: int = 1) -> DrawDown:
    return DrawDown(trap_id, NOON_US + round(hours * HOUR_US), 600.0, 40.0)


def test_the_nearest_pair_is_matched_first() -> None:
    draw_downs = [event(1, 0), event(2, 5)]
    manifests = [event(11, 6), event(12, 20)]
    assert match(draw_downs, manifests) == [Link(2, 11), Link(1, 12)]


def test_a_day_apart_is_the_same_pump_out_more_is_not() -> None:
    assert match([event(1, 0)], [event(11, 24)]) == [Link(1, 11)]
    assert match([event(1, 0)], [event(11, -24)]) == [Link(1, 11)]
    late = Event(11, 1, NOON_US + APART_US_MAX + 1)
    assert match([event(1, 0)], [late]) == []


def test_another_trap_explains_nothing() -> None:
    assert match([event(1, 0)], [event(11, 0, trap_id=2)]) == []


def test_equal_distances_go_to_the_earlier_one() -> None:
    assert match([event(1, 2), event(2, -2)], [event(11, 0)]) == [Link(2, 11)]
    assert match([event(1, 0)], [event(11, 2), event(12, -2)]) == [Link(1, 12)]


_EVENTS = st.lists(st.tuples(st.integers(1, 2), st.integers(-60, 60)), max_size=8)


def numbered(places: list[tuple[int, int]], first: int) -> list[Event]:
    return [event(first + n, hours, trap_id) for n, (trap_id, hours) in enumerate(places)]


@given(_EVENTS, _EVENTS, st.randoms(use_true_random=False))
def test_links_are_one_to_one_and_leave_no_pair_behind(
    falls: list[tuple[int, int]], filed: list[tuple[int, int]], rng: Random
) -> None:
    draw_downs, manifests = numbered(falls, 1), numbered(filed, 101)
    links = match(draw_downs, manifests)
    by_id = {one.pump_out_id: one for one in [*draw_downs, *manifests]}
    assert len({link.draw_down_id for link in links}) == len(links)
    assert len({link.manifest_id for link in links}) == len(links)

    def fits(one: Event, other: Event) -> bool:
        return one.trap_id == other.trap_id and abs(one.at_us - other.at_us) <= APART_US_MAX

    assert all(fits(by_id[link.draw_down_id], by_id[link.manifest_id]) for link in links)
    linked = {number for link in links for number in link}
    left = [pair for pair in product(draw_downs, manifests) if not linked & {p[0] for p in pair}]
    assert not any(fits(*pair) for pair in left)
    rng.shuffle(draw_downs)
    rng.shuffle(manifests)
    assert match(draw_downs, manifests) == links


def test_a_fall_seen_twice_is_one_fall() -> None:
    second = DrawDown(1, NOON_US + SAME_US_MAX, 600.0, 40.0)
    third = DrawDown(1, NOON_US + SAME_US_MAX + 1, 600.0, 40.0)
    assert unseen([second, fall(0)], []) == [fall(0)]
    assert unseen([third, fall(0), fall(0, trap_id=2)], []) == [fall(0), third, fall(0, trap_id=2)]
    assert unseen([fall(0), fall(3)], [event(1, 0.5)]) == [fall(3)]
    assert unseen([fall(0)], [event(1, 0, trap_id=2)]) == [fall(0)]
