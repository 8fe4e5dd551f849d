"""Coordinate systems against the values that other implementations publish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.complaints.positions import (
    CoordinateSystem,
    Position,
    box,
    distance_m,
    to_bd09,
    to_gcj02,
    to_wgs84,
)

BEIJING = Position(116.404, 39.915)
IN_CHINA = st.builds(Position, st.floats(75, 134), st.floats(4, 53))


def test_gcj02_and_bd09_as_published() -> None:
    assert to_gcj02(BEIJING) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-12)
    assert to_bd09(BEIJING) == pytest.approx((116.41036949371029, 39.92133699351022), abs=1e-12)


@given(IN_CHINA)
def test_every_system_comes_back_to_a_centimetre(place: Position) -> None:
    shown = to_gcj02(place)
    assert distance_m(to_wgs84(shown, CoordinateSystem.GCJ02), place) < 0.01
    assert distance_m(to_wgs84(to_bd09(shown), CoordinateSystem.BD09), place) < 0.01
    assert to_wgs84(place, CoordinateSystem.WGS84) == place


def test_outside_china_nothing_is_shifted() -> None:
    calgary = Position(-114.07, 51.04)
    assert to_wgs84(calgary, CoordinateSystem.GCJ02) == calgary
    assert to_gcj02(calgary) == calgary


def test_distances_and_boxes() -> None:
    here = Position(120.92, 30.83)
    assert distance_m(here, Position(120.92, 30.84)) == pytest.approx(1_112, abs=1)
    assert distance_m(here, Position(120.93, 30.83)) == pytest.approx(954.8, abs=1)
    south_west, north_east = box(here, 150)
    assert distance_m(here, Position(north_east.lon_deg, here.lat_deg)) == pytest.approx(
        150, abs=0.1
    )
    assert distance_m(here, Position(here.lon_deg, south_west.lat_deg)) == pytest.approx(
        150, abs=0.1
    )
