"""Which complaints are one matter."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.complaints.duplicates import Report, link
from alerts.complaints.positions import Position
from core.instant import HOUR_US

WINDOW_US = 72 * HOUR_US
HERE = Position(120.92, 30.83)


def report(number: int, hours: float, **other: Any) -> Report:
    made = Report(number, "s", str(number), "12345", "odour", round(hours * HOUR_US), 1, 1.0, None)
    return made._replace(**other)


def pairs(fresh: list[Report], firsts: list[Report] | None = None) -> list[tuple[int, int]]:
    return [(found.complaint_id, found.first_id) for found in link(fresh, firsts or [], WINDOW_US)]


def test_all_that_follow_within_the_window_repeat_the_first() -> None:
    assert pairs([report(1, 0), report(2, 70), report(3, 72), report(4, 73)]) == [(2, 1), (3, 1)]


def test_the_order_of_arrival_in_a_batch_does_not_matter() -> None:
    assert pairs([report(3, 72), report(1, 0), report(2, 70)]) == [(2, 1), (3, 1)]


def test_a_late_one_repeats_what_is_known() -> None:
    assert pairs([report(9, 0)], [report(1, 24)]) == [(9, 1)]


def test_categories_are_never_mixed() -> None:
    assert pairs([report(1, 0), report(2, 1, category="fume"), report(3, 2)]) == [(3, 1)]


def test_two_restaurants_in_one_house_are_two_matters() -> None:
    one = report(1, 0, position=HERE)
    assert pairs([one, report(2, 1, restaurant_id=2, position=HERE)]) == []


def test_places_without_a_restaurant_go_by_distance() -> None:
    here = report(1, 0, restaurant_id=None, position=HERE)
    near = report(2, 1, restaurant_id=None, position=Position(120.9204, 30.83))
    far = report(3, 1, restaurant_id=None, position=Position(120.9207, 30.83))
    nowhere = report(4, 1, restaurant_id=None)
    assert pairs([here, near, far, nowhere]) == [(2, 1)]
    (found,) = link([here, near], [], WINDOW_US)
    assert (found.reason, 0.4 < found.score < 0.8) == ("38 m apart", True)


def test_one_number_at_one_hotline_is_one_matter_whenever() -> None:
    mail = report(1, 0, external_ref="JX1", restaurant_id=None)
    call = report(2, 900, external_ref="JX1", source="other", restaurant_id=None)
    assert pairs([mail, call]) == [(2, 1)]
    assert pairs([mail, call._replace(channel="qr")]) == []


def test_an_unsure_restaurant_makes_an_unsure_link() -> None:
    (found,) = link([report(1, 0), report(2, 1, certainty=0.8)], [], WINDOW_US)
    assert found.score == 0.76


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 3)), max_size=30))
def test_links_make_no_chains(given_reports: list[tuple[int, int]]) -> None:
    reports = [
        report(n, hours, restaurant_id=place) for n, (hours, place) in enumerate(given_reports)
    ]
    links = link(reports, [], WINDOW_US)
    repeated = {found.complaint_id for found in links}
    assert len(repeated) == len(links)
    assert not repeated & {found.first_id for found in links}
