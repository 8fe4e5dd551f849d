from alerts.visits.model import Duty, Outcome, Point
from alerts.visits.routing import length_m
from alerts.visits.savings import Visit, savings_of

DEPOT, NEAR, FAR = Point(120, 30), Point(120.01, 30), Point(120.05, 30)
HANDLED, LEFT, GONE = Outcome.HANDLED, Outcome.LEFT_OPEN, Outcome.GONE
TICKET, PUMP, CHECK = Duty.TICKET, Duty.PUMP_OUT, Duty.CHECK


def test_nothing_happened() -> None:
    empty = savings_of([])
    assert (empty.visit_count, empty.separate_visit_count, empty.separate_m) == (0, 0, 0)


def test_one_visit_for_each_kind_of_duty_that_was_handled() -> None:
    visit = Visit(1, DEPOT, NEAR, ((TICKET, HANDLED), (TICKET, HANDLED), (CHECK, HANDLED)))
    found = savings_of([visit])
    # Two tickets of one restaurant are one trip of the one who handles tickets.
    assert (found.visit_count, found.separate_visit_count, found.saved_visit_count) == (1, 2, 1)
    assert found.items[TICKET, HANDLED] == 2
    assert found.driven_m == length_m([DEPOT, NEAR])
    assert found.separate_m == 2 * found.driven_m


def test_what_was_left_open_or_gone_saves_nothing() -> None:
    visit = Visit(1, DEPOT, NEAR, ((TICKET, LEFT), (PUMP, GONE)))
    found = savings_of([visit])
    assert (found.saved_visit_count, found.separate_m) == (-1, 0)
    assert found.driven_m > 0


def test_ways_of_plans_are_apart_and_in_the_order_driven() -> None:
    both = ((TICKET, HANDLED),), ((CHECK, HANDLED),)
    visits = [
        Visit(1, DEPOT, FAR, both[0]),
        Visit(1, DEPOT, NEAR, both[1]),
        Visit(1, DEPOT, None, both[1]),
        Visit(2, None, NEAR, both[0]),
    ]
    found = savings_of(visits)
    assert (found.plan_count, found.visit_count, found.unlocated_visit_count) == (2, 4, 1)
    assert found.driven_m == length_m([DEPOT, FAR, NEAR])
    assert found.separate_m == length_m([DEPOT, FAR]) + length_m([DEPOT, NEAR])
