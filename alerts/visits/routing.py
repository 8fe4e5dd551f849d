"""In which order to drive to places: nearest neighbour, then 2-opt, on great circles. Pure.

The way is open: it begins at a start, if there is one, and ends at the last place. Both heuristics
are the textbook ones (Croes 1958 for 2-opt); the result is never longer than the nearest
neighbour's. Roads are longer than great circles: lengths compare ways with each other, no more.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alerts.visits.model import Point

Floats = NDArray[np.float64]

#: Mean radius of the Earth (IUGG).
EARTH_RADIUS_M = 6_371_008.8
#: An exchange must shorten the way by more than rounding does, or 2-opt would never end.
_GAIN_M_MIN = 1e-6


def distances_m(froms: Sequence[Point], tos: Sequence[Point]) -> Floats:
    """Return great-circle distances, shape (len(froms), len(tos)), by the haversine formula."""
    (lon_a, lat_a), (lon_b, lat_b) = _radians(froms), _radians(tos)
    lon_a, lat_a = lon_a[:, np.newaxis], lat_a[:, np.newaxis]
    across = np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    haversine = np.sin((lat_b - lat_a) / 2) ** 2 + across
    distances: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    return distances


def length_m(points: Sequence[Point]) -> float:
    """Return the length of the way through points in their order."""
    return float(np.trace(distances_m(points[:-1], points[1:]))) if len(points) > 1 else 0.0


def nearest_first(points: Sequence[Point], start: Point | None = None) -> list[int]:
    """Return places in the order in which each is the nearest to the one before; as indices.

    Without a start the first point is the first place. Equal distances: the lower index.
    """
    if not points:
        return []
    distances = distances_m(points, points)
    reach = distances[0].copy() if start is None else distances_m([start], points)[0]
    if start is None:
        reach[0] = -1.0
    order: list[int] = []
    visited = np.zeros(len(points), dtype=bool)
    for _ in points:
        place = int(np.argmin(np.where(visited, np.inf, reach)))
        order.append(place)
        visited[place] = True
        reach = distances[place]
    return order


def route(points: Sequence[Point], start: Point | None = None) -> list[int]:
    """Return the order to drive in, as indices; the same for the same arguments."""
    order = nearest_first(points, start)
    if len(order) < 2:
        return order
    # Ends that cost nothing to reach leave the last place free, and without a start the first.
    count = len(points)
    distances = np.zeros((count + 2, count + 2))
    distances[1:-1, 1:-1] = distances_m(points, points)
    if start is not None:
        distances[0, 1:-1] = distances[1:-1, 0] = distances_m([start], points)[0]
    path = np.array([0, *(place + 1 for place in order), count + 1])
    return [int(node) - 1 for node in _two_opt(distances, path)[1:-1]]


def _two_opt(distances: Floats, path: NDArray[np.int64]) -> NDArray[np.int64]:
    """Turn the stretch that shortens the path most, until none does; its ends stay."""
    while True:
        along = distances[np.ix_(path, path)]
        legs = np.diagonal(along, offset=1)
        # Turning the stretch i..j replaces the legs before i and after j by these two.
        change = along[:-2, 1:-1] + along[1:-1, 2:] - legs[:-1, np.newaxis] - legs[1:]
        change[np.tril_indices_from(change)] = 0.0
        first, last = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[first, last] > -_GAIN_M_MIN:
            return path
        stretch = slice(int(first) + 1, int(last) + 2)
        path[stretch] = path[stretch][::-1]


def _radians(points: Sequence[Point]) -> tuple[Floats, Floats]:
    lon_lat = np.radians(np.array(points, dtype=np.float64).reshape(-1, 2))
    return lon_lat[:, 0], lon_lat[:, 1]
