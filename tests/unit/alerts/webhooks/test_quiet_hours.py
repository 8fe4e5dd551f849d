"""Quiet hours; the times of day are those of the zone, instants are UTC."""

from datetime import datetime
from typing import Any

import pytest

from alerts.webhooks.quiet_hours import WAITING_SEVERITIES, QuietHours
from core.errors import InvalidRequestError
from core.instant import to_us


def quiet(*windows: tuple[str, str, str], zone: str = "Asia/Shanghai") -> dict[str, Any]:
    return {
        "zone": zone,
        "windows": [{"days": days, "from": opens, "to": closes} for days, opens, closes in windows],
    }


NIGHT = quiet(("mo-su", "22:00", "07:00"))


def covers(stored: dict[str, Any], at: str) -> bool:
    return QuietHours.parse(stored).cover(to_us(datetime.fromisoformat(at)))


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        ("2026-01-05T21:59:59.999999+08:00", False),
        ("2026-01-05T22:00:00+08:00", True),
        ("2026-01-05T23:59:59+08:00", True),
        ("2026-01-06T00:00:00+08:00", True),
        ("2026-01-06T06:59:59.999999+08:00", True),
        ("2026-01-06T07:00:00+08:00", False),
        ("2026-01-05T14:30:00Z", True),
    ],
)
def test_an_overnight_window_runs_over_midnight(at: str, is_quiet: bool) -> None:
    assert covers(NIGHT, at) is is_quiet


def test_a_window_belongs_to_the_day_on_which_it_begins() -> None:
    weekend = quiet(("sa", "22:00", "07:00"))
    assert not covers(weekend, "2026-01-03T03:00:00+08:00")  # the night before Saturday
    assert covers(weekend, "2026-01-04T03:00:00+08:00")
    assert not covers(weekend, "2026-01-05T03:00:00+08:00")


def test_several_windows_add_up() -> None:
    rest = quiet(("mo-fr", "12:00", "14:00"), ("mo-su", "20:00", "00:00"))
    assert covers(rest, "2026-01-05T13:00:00+08:00")
    assert not covers(rest, "2026-01-04T13:00:00+08:00")  # a Sunday
    assert covers(rest, "2026-01-04T23:59:00+08:00")
    assert not covers(rest, "2026-01-05T00:00:00+08:00")


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        ("2026-03-29T00:59:59Z", True),  # 01:59 CET, the last second before clocks go forward
        ("2026-03-29T01:00:00Z", True),  # 03:00 CEST
        ("2026-03-29T04:59:59Z", True),  # 06:59 CEST: the night is an hour shorter
        ("2026-03-29T05:00:00Z", False),
        ("2026-10-25T01:30:00Z", True),  # 02:30 for the second time
        ("2026-10-25T05:59:59Z", True),  # 06:59 CET: the night is an hour longer
        ("2026-10-25T06:00:00Z", False),
    ],
)
def test_nights_in_which_the_clocks_change(at: str, is_quiet: bool) -> None:
    assert covers(quiet(("mo-su", "22:00", "07:00"), zone="Europe/Berlin"), at) is is_quiet


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        (quiet(("mo-su", "22:00", "07:00"), zone="Mars/Olympus"), "Mars/Olympus"),
        (quiet(("someday", "22:00", "07:00")), "names no days"),
        (quiet(("mo-su", "22:00", "25:00")), "not an opening window"),
        (quiet(("workday", "22:00", "07:00")), "weekdays"),
        (quiet(("mo-fr,holiday", "22:00", "07:00")), "weekdays"),
        (quiet(("mo-su", "22:00", "22:00")), "never end"),
        (quiet(("mo-su", "00:00", "12:00"), ("mo-su", "12:00", "00:00")), "never end"),
        (quiet(), "1 to 14"),
    ],
)
def test_hours_that_cannot_be(stored: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        QuietHours.parse(stored)


def test_what_waits() -> None:
    assert WAITING_SEVERITIES == ("blue", "yellow")
