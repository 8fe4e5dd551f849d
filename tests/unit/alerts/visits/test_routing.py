from itertools import permutations
from random import Random
from time import process_time

import pytest

from alerts.visits.model import Point
from alerts.visits.routing import distances_m, length_m, nearest_first, route

#: About the centre of a county town; one hundredth of a degree is about a kilometre.
TOWN = Point(120.92, 30.84)


def scattered(seed: int, count: int) -> list[Point]:
    random = Random(seed)
    return [
        Point(TOWN.lon_deg + random.uniform(-0.1, 0.1), TOWN.lat_deg + random.uniform(-0.1, 0.1))
        for _ in range(count)
    ]


def way_m(points: list[Point], order: list[int], start: Point | None) -> float:
    return length_m([*([] if start is None else [start]), *(points[place] for place in order)])


def test_known_distances() -> None:
    # One degree of latitude on a sphere of this radius is 111.195 km, wherever it is.
    assert length_m([Point(0, 0), Point(0, 1)]) == pytest.approx(111_195, abs=1)
    assert length_m([Point(120, 60), Point(121, 60)]) == pytest.approx(55_597, abs=20)
    assert length_m([Point(179.5, 0), Point(-179.5, 0)]) == pytest.approx(111_195, abs=1)
    assert length_m([Point(0, 0), Point(180, 0)]) == pytest.approx(20_015_115, rel=1e-6)
    assert distances_m([TOWN], [TOWN]).tolist() == [[0.0]]


@pytest.mark.parametrize("start", [None, TOWN])
def test_nothing_and_one_place(start: Point | None) -> None:
    assert route([], start) == []
    assert route([Point(120.9, 30.8)], start) == [0]


@pytest.mark.parametrize("start", [None, TOWN])
@pytest.mark.parametrize("count", range(2, 8))
def test_against_every_order_there_is(count: int, start: Point | None) -> None:
    ratios = []
    for seed in range(12):
        points = scattered(100 * count + seed, count)
        found = way_m(points, route(points, start), start)
        best = min(way_m(points, list(order), start) for order in permutations(range(count)))
        assert found >= best - 1e-6
        ratios.append(found / best)
    # 2-opt is no exact method: on these it is within 3 % of the best on average.
    assert sum(ratios) / len(ratios) < 1.03
    assert max(ratios) < 1.15


@pytest.mark.parametrize("start", [None, TOWN])
def test_every_place_once_and_never_longer_than_the_nearest_neighbour(start: Point | None) -> None:
    for seed in range(40):
        points = scattered(seed, 2 + seed)
        order = route(points, start)
        assert sorted(order) == list(range(len(points)))
        nearest = way_m(points, nearest_first(points, start), start)
        assert way_m(points, order, start) <= nearest + 1e-6
        assert order == route(points, start)


def test_crossing_ways_are_uncrossed() -> None:
    # On a line the nearest neighbour runs to and fro; 2-opt finds the one way along it.
    line = [Point(120 + 0.01 * x, 30) for x in (0, 1, -1.5, 4, -6, 11)]
    assert way_m(line, route(line), None) == pytest.approx(length_m([line[4], line[5]]), rel=1e-6)


def test_places_that_are_the_same() -> None:
    points = [TOWN, Point(121, 31), TOWN, Point(121, 31)]
    assert way_m(points, route(points, TOWN), TOWN) == pytest.approx(
        length_m([TOWN, Point(121, 31)])
    )


def test_two_hundred_stops_take_a_moment() -> None:
    points = scattered(7, 200)
    before = process_time()
    order = route(points, TOWN)
    assert process_time() - before < 2.0
    nearest = way_m(points, nearest_first(points, TOWN), TOWN)
    assert way_m(points, order, TOWN) < 0.95 * nearest
