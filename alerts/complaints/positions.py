"""Where things are: distances, boxes, and the coordinate systems of Chinese maps. Pure.

Stored is WGS84 alone. Chinese maps show GCJ-02 (国测局坐标), Baidu's show BD-09, both some hundred
metres off; which one a source uses cannot be seen from the numbers, so it has to be declared.
"""

from enum import StrEnum
from math import atan2, cos, hypot, pi, radians, sin, sqrt
from typing import NamedTuple

_EARTH_RADIUS_M = 6_371_008.8
_M_PER_DEG = pi * _EARTH_RADIUS_M / 180
# Krasovsky 1940, on which GCJ-02's offsets are computed.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU = pi * 3_000 / 180
_INVERSE_DEG_MAX = 1e-9
_INVERSE_STEPS_MAX = 30


class CoordinateSystem(StrEnum):
    """In which system a source gives its coordinates."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Position(NamedTuple):
    """A place on the map, WGS84 unless said otherwise."""

    lon_deg: float
    lat_deg: float


def to_wgs84(given: Position, system: CoordinateSystem) -> Position:
    """Return a position of any system in WGS84, within a centimetre of the forward formulas.

    Outside China the three systems are the same.
    """
    if system is CoordinateSystem.WGS84 or not _is_in_china(given):
        return given
    if system is CoordinateSystem.BD09:
        given = _bd09_to_gcj02(given)
    return _gcj02_to_wgs84(given)


def to_gcj02(given: Position) -> Position:
    """Return a WGS84 position as Chinese maps show it."""
    if not _is_in_china(given):
        return given
    x, y = given.lon_deg - 105.0, given.lat_deg - 35.0
    lat_rad = radians(given.lat_deg)
    curve = 1 - _ECCENTRICITY_2 * sin(lat_rad) ** 2
    meridian = _AXIS_M * (1 - _ECCENTRICITY_2) / (curve * sqrt(curve))
    parallel = _AXIS_M / sqrt(curve) * cos(lat_rad)
    return Position(
        given.lon_deg + _east_m(x, y) * 180 / (parallel * pi),
        given.lat_deg + _north_m(x, y) * 180 / (meridian * pi),
    )


def to_bd09(given: Position) -> Position:
    """Return a GCJ-02 position as Baidu's maps show it."""
    x, y = given
    far = hypot(x, y) + 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) + 0.000003 * cos(x * _BAIDU)
    return Position(far * cos(angle) + 0.0065, far * sin(angle) + 0.006)


def distance_m(one: Position, other: Position) -> float:
    """Return how far two near positions lie apart (equirectangular: exact to 0.1 % below 10 km)."""
    middle_rad = radians((one.lat_deg + other.lat_deg) / 2)
    east = (other.lon_deg - one.lon_deg) * cos(middle_rad)
    return hypot(east, other.lat_deg - one.lat_deg) * _M_PER_DEG


def box(middle: Position, radius_m: float) -> tuple[Position, Position]:
    """Return the south-west and north-east corner of the box around a circle."""
    north_deg = radius_m / _M_PER_DEG
    east_deg = north_deg / max(cos(radians(middle.lat_deg)), 0.01)
    lon_deg, lat_deg = middle
    return (
        Position(lon_deg - east_deg, lat_deg - north_deg),
        Position(lon_deg + east_deg, lat_deg + north_deg),
    )


def _is_in_china(given: Position) -> bool:
    return 72.004 <= given.lon_deg <= 137.8347 and 0.8293 <= given.lat_deg <= 55.8271


def _gcj02_to_wgs84(given: Position) -> Position:
    """Invert the offset by repeating it: it changes by millimetres over its own length."""
    guess = given
    for _ in range(_INVERSE_STEPS_MAX):
        shown = to_gcj02(guess)
        east, north = given.lon_deg - shown.lon_deg, given.lat_deg - shown.lat_deg
        guess = Position(guess.lon_deg + east, guess.lat_deg + north)
        if max(abs(east), abs(north)) < _INVERSE_DEG_MAX:
            break
    return guess


def _bd09_to_gcj02(given: Position) -> Position:
    guess = Position(given.lon_deg - 0.0065, given.lat_deg - 0.006)
    for _ in range(_INVERSE_STEPS_MAX):
        shown = to_bd09(guess)
        east, north = given.lon_deg - shown.lon_deg, given.lat_deg - shown.lat_deg
        guess = Position(guess.lon_deg + east, guess.lat_deg + north)
        if max(abs(east), abs(north)) < _INVERSE_DEG_MAX:
            break
    return guess


def _waves(*terms: tuple[float, float]) -> float:
    return sum(weight * sin(angle * pi) for weight, angle in terms) * 2 / 3


def _north_m(x: float, y: float) -> float:
    plain = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    return plain + _waves(
        (20, 6 * x), (20, 2 * x), (20, y), (40, y / 3), (160, y / 12), (320, y / 30)
    )


def _east_m(x: float, y: float) -> float:
    plain = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    return plain + _waves(
        (20, 6 * x), (20, 2 * x), (20, x), (40, x / 3), (150, x / 12), (300, x / 30)
    )
