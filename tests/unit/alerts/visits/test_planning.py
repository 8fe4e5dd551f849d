from datetime import UTC, datetime, timedelta

from alerts.visits.model import Candidate, Duty, Item, Point
from alerts.visits.planning import PlannedStop, make_plan

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)
DEPOT = Point(120.0, 30.0)


def item(duty: Duty = Duty.CHECK, severity: str | None = None, *, urgent: bool = False) -> Item:
    return Item(f"{duty}:1", duty, 1, None, None, "x", severity, None, urgent)


def at(number: int, east: float | None, *items: Item) -> Candidate:
    """A restaurant ``east`` hundredths of a degree from the depot."""
    point = None if east is None else Point(120.0 + east / 100, 30.0)
    return Candidate(number, point, items or (item(),))


def numbers(stops: list[PlannedStop]) -> list[int]:
    return [stop.candidate.restaurant_id for stop in stops]


RED = item(Duty.TICKET, "red", urgent=True)


def test_where_nothing_is_due_nobody_goes() -> None:
    assert make_plan([Candidate(1, DEPOT, ())], DEPOT, 5) == []
    assert make_plan([], None, 5) == []


def test_urgent_first_then_the_neighbours_on_a_short_way() -> None:
    due = [at(1, 1), at(2, 9, RED), at(3, 8), at(4, 10), at(5, 40)]
    assert numbers(make_plan(due, DEPOT, 4)) in ([2, 4, 3, 1], [2, 3, 4, 1])
    assert numbers(make_plan(due, DEPOT, 3)) == [2, 3, 4] or numbers(make_plan(due, DEPOT, 3)) == [
        2,
        4,
        3,
    ]
    assert numbers(make_plan(due, DEPOT, 1)) == [2]


def test_more_urgent_ones_than_places_the_worst_and_oldest_are_taken() -> None:
    late = item(Duty.TICKET, "yellow", urgent=True)
    old = late._replace(due_at=NOON - timedelta(days=3))
    due = [at(1, 1, late), at(2, 2, old), at(3, 3, RED)]
    assert set(numbers(make_plan(due, DEPOT, 2))) == {2, 3}
    assert numbers(make_plan(due, DEPOT, 1)) == [3]


def test_without_urgent_ones_the_plan_grows_from_the_most_severe() -> None:
    due = [at(1, 1), at(2, 2), at(3, 50, item(Duty.TICKET, "orange")), at(4, 51)]
    assert set(numbers(make_plan(due, DEPOT, 2))) == {3, 4}


def test_legs_add_up_from_the_start() -> None:
    stops = make_plan([at(1, 1), at(2, 2)], DEPOT, 5)
    assert numbers(stops) == [1, 2]
    legs = [stop.leg_m for stop in stops]
    assert all(leg is not None and 900 < leg < 1_000 for leg in legs)
    first = make_plan([at(1, 1), at(2, 2)], None, 5)[0]
    assert first.leg_m is None


def test_one_without_coordinates_is_the_last_of_its_part() -> None:
    due = [at(1, None, RED), at(2, 5, RED), at(3, 6), at(4, None)]
    stops = make_plan(due, DEPOT, 4)
    assert numbers(stops) == [2, 1, 3, 4]
    assert [stop.leg_m is None for stop in stops] == [False, True, False, True]
    assert numbers(make_plan(due, DEPOT, 3)) == [2, 1, 3]


def test_where_nobody_has_coordinates_urgency_decides() -> None:
    due = [at(3, None), at(1, None), at(2, None, item(Duty.TICKET, "blue"))]
    assert numbers(make_plan(due, DEPOT, 2)) == [2, 1]


def test_the_order_of_the_candidates_does_not_matter() -> None:
    due = [at(n, (n * 37) % 23, *((RED,) if n % 7 == 0 else ())) for n in range(1, 40)]
    assert make_plan(due, DEPOT, 20) == make_plan(due[::-1], DEPOT, 20)
