"""R05: traps of one sewer that began to back up together."""

import pytest

from alerts.windowed.cluster import Member, cluster_value, turning_points
from alerts.windowed.history import Series, merged
from core.instant import HOUR_US
from core.reading import Metric
from tests.unit.alerts.windowed.conftest import MakeHistory, series

WITHIN_US = 2 * HOUR_US


def value(members: list[Member], at_h: float) -> float:
    return cluster_value(members, round(at_h * HOUR_US), WITHIN_US, 3)


def member(trap_id: int, fired_h: float, ended_h: float | None = None) -> Member:
    ended_us = None if ended_h is None else round(ended_h * HOUR_US)
    return Member(trap_id, round(fired_h * HOUR_US), ended_us)


def test_three_traps_within_the_window_raise() -> None:
    members = [member(1, 0), member(2, 1), member(3, 2)]
    assert [value(members, at) for at in (0, 1, 2, 2.1)] == [1, 2, 3, 2]


def test_one_trap_that_fires_three_times_is_one() -> None:
    assert value([member(1, 0, 0.1), member(1, 1, 1.1), member(1, 2)], 2) == 1


def test_what_fires_later_is_not_known_yet() -> None:
    assert value([member(1, 0), member(2, 0), member(3, 5)], 1) == 2


def test_it_stays_until_no_member_is_open() -> None:
    members = [member(1, 0, 4), member(2, 0, 9), member(3, 0, 3), member(4, 0, 9)]
    assert [value(members, at) for at in (1, 5, 9)] == [4, 2, 0]


def test_the_value_matters_where_members_begin_and_end() -> None:
    assert turning_points([member(1, 1, 4), member(2, 1)]) == [HOUR_US, 4 * HOUR_US]


def test_a_traps_devices_are_one_history(make_history: MakeHistory) -> None:
    level = make_history({Metric.LEVEL_MM: series({0: 600.0, 2: 602.0})})
    cover = make_history({Metric.COVER_OPEN: series({1: 0.0}), Metric.LEVEL_MM: series({1: 601.0})})
    both = merged([level, cover])
    assert both.of(Metric.LEVEL_MM).value.tolist() == [600.0, 601.0, 602.0]
    assert both.of(Metric.COVER_OPEN).value.tolist() == [0.0]
    assert len(both.heard_us) == 3
    assert merged([level]) is level
    with pytest.raises(ValueError, match="not enough values"):
        merged([])
    assert isinstance(both.of(Metric.FLOW_LPS), Series)
