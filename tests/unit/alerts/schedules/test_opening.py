"""Opening windows of the register, instant by instant."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.schedules.opening import OpeningHours
from core.errors import InvalidRequestError, UnknownCalendarYearError
from core.instant import DAY_US, HOUR_US, MINUTE_US, to_us

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    """The instant of a local time (the first of two)."""
    return to_us(datetime.fromisoformat(text).replace(tzinfo=zone))


def utc(text: str) -> int:
    return to_us(datetime.fromisoformat(text + "+00:00"))


def hours(*windows: tuple[str, str, str], zone: str = "Asia/Shanghai") -> OpeningHours:
    return OpeningHours.parse([{"days": d, "from": f, "to": t} for d, f, t in windows], zone)


def test_the_beginning_is_open_and_the_end_is_not() -> None:
    daily = hours(("mo-su", "10:00", "21:00"))
    assert daily.is_open(at("2026-01-05T10:00"))
    assert daily.is_open(at("2026-01-05T21:00") - 1)
    assert not daily.is_open(at("2026-01-05T10:00") - 1)
    assert not daily.is_open(at("2026-01-05T21:00"))


def test_thingsboards_overnight_bug_open_exactly_at_the_start_and_at_midnight() -> None:
    night = hours(("mo-su", "21:00", "02:00"))
    assert night.is_open(at("2026-01-05T21:00"))
    assert night.is_open(at("2026-01-06T00:00"))
    assert night.is_open(at("2026-01-06T02:00") - 1)
    assert not night.is_open(at("2026-01-06T02:00"))
    assert not night.is_open(at("2026-01-05T21:00") - 1)


def test_an_overnight_window_belongs_to_the_day_on_which_it_begins() -> None:
    friday = hours(("fr", "21:00", "02:00"))
    assert friday.open_spans(at("2026-01-05T00:00"), at("2026-01-12T00:00")) == [
        (at("2026-01-09T21:00"), at("2026-01-10T02:00"))
    ]
    assert not friday.is_open(at("2026-01-09T01:00"))


def test_windows_until_and_from_midnight_are_one_span() -> None:
    both = hours(("mo", "18:00", "00:00"), ("tu", "00:00", "03:00"))
    assert both.open_spans(at("2026-01-05T00:00"), at("2026-01-12T00:00")) == [
        (at("2026-01-05T18:00"), at("2026-01-06T03:00"))
    ]


def test_from_equal_to_is_a_whole_day() -> None:
    always = hours(("mo-su", "00:00", "00:00"))
    span = (at("2026-01-05T00:00") + 5, at("2026-01-07T00:00") + 7)
    assert always.open_spans(*span) == [span]


@pytest.mark.parametrize(
    ("days", "open_on"),
    [
        ("mo-fr", "01234"), ("sa,su", "56"), ("we", "2"), ("fr-mo", "0456"), ("mo-tu,th", "013"),
        ("mo-su", "0123456"),
    ],
)  # fmt: skip
def test_days_of_the_week(days: str, open_on: str) -> None:
    some = hours((days, "10:00", "11:00"))
    noon = at("2026-03-02T10:30")  # a Monday in a week without holidays
    assert "".join(str(n) for n in range(7) if some.is_open(noon + n * DAY_US)) == open_on


def test_working_days_count_a_make_up_saturday_and_no_holiday() -> None:
    canteen = hours(("workday", "06:00", "18:30"))
    assert canteen.is_open(at("2026-02-14T12:00")), "调休 Saturday"
    assert canteen.is_open(at("2026-01-04T12:00")), "调休 Sunday"
    assert not canteen.is_open(at("2026-02-16T12:00")), "a Monday of Spring Festival"
    assert not canteen.is_open(at("2026-03-07T12:00")), "a Saturday"


def test_holidays_add_to_weekdays() -> None:
    festive = hours(("mo-fr", "10:00", "14:00"), ("holiday", "10:00", "22:00"))
    assert festive.is_open(at("2026-10-01T20:00")), "National Day, a Thursday"
    assert festive.is_open(at("2026-10-04T20:00")), "National Day, a Sunday"
    assert not festive.is_open(at("2026-10-08T20:00")), "the Thursday after"


def test_a_year_without_a_notice_is_not_guessed() -> None:
    with pytest.raises(UnknownCalendarYearError, match="2027"):
        hours(("workday", "06:00", "18:30")).is_open(at("2027-01-05T12:00"))
    assert hours(("mo-fr", "06:00", "18:30")).is_open(at("2027-01-05T12:00"))
    first = hours(("workday", "06:00", "18:30")).is_open(at("2024-01-02T07:00"))
    assert first, "the day before the first known year is not asked for"


def test_spring_forward_in_berlin_takes_an_hour_from_the_night() -> None:
    night = hours(("sa", "22:00", "05:00"), zone="Europe/Berlin")
    (span,) = night.open_spans(at("2026-03-28T00:00", BERLIN), at("2026-03-30T00:00", BERLIN))
    assert span == (utc("2026-03-28T21:00"), utc("2026-03-29T03:00"))
    assert span[1] - span[0] == 6 * HOUR_US


def test_a_wall_time_that_does_not_exist_is_read_with_the_offset_before() -> None:
    week = (at("2026-03-23T00:00", BERLIN), at("2026-03-30T00:00", BERLIN))
    from_gap = hours(("su", "02:30", "06:00"), zone="Europe/Berlin")
    assert from_gap.open_spans(*week) == [(utc("2026-03-29T01:30"), utc("2026-03-29T04:00"))]
    in_gap = hours(("su", "02:15", "02:45"), zone="Europe/Berlin")
    assert in_gap.open_spans(*week) == [(utc("2026-03-29T01:15"), utc("2026-03-29T01:45"))]
    reversed_by_gap = hours(("su", "02:30", "03:00"), zone="Europe/Berlin")
    assert reversed_by_gap.open_spans(*week) == []


def test_fall_back_in_berlin_adds_an_hour_and_the_first_of_two_counts() -> None:
    week = (at("2026-10-19T00:00", BERLIN), at("2026-10-26T00:00", BERLIN))
    night = hours(("sa", "22:00", "05:00"), zone="Europe/Berlin")
    assert night.open_spans(*week) == [(utc("2026-10-24T20:00"), utc("2026-10-25T04:00"))]
    twice = hours(("su", "02:00", "02:30"), zone="Europe/Berlin")
    assert twice.open_spans(*week) == [(utc("2026-10-25T00:00"), utc("2026-10-25T00:30"))]
    over_both = hours(("su", "02:30", "03:00"), zone="Europe/Berlin")
    assert over_both.open_spans(*week) == [(utc("2026-10-25T00:30"), utc("2026-10-25T02:00"))]


def test_leap_day() -> None:
    thursday = hours(("th", "20:00", "01:00"))
    assert thursday.open_spans(at("2024-02-27T00:00"), at("2024-03-02T00:00")) == [
        (at("2024-02-29T20:00"), at("2024-03-01T01:00"))
    ]


def test_without_windows_nothing_is_known() -> None:
    nothing = hours()
    assert not nothing.is_known
    assert nothing.open_spans(0, 10 * DAY_US) == []
    assert not nothing.open_mask(np.array([at("2026-01-05T12:00")])).any()


def test_an_empty_stretch_has_no_spans() -> None:
    noon = at("2026-01-05T12:00")
    assert hours(("mo-su", "10:00", "21:00")).open_spans(noon, noon) == []
    assert hours(("mo-su", "10:00", "21:00")).open_mask(np.zeros(0, np.int64)).shape == (0,)


@pytest.mark.parametrize(
    "window",
    [
        {"days": "mo-xx", "from": "10:00", "to": "11:00"},
        {"days": "", "from": "10:00", "to": "11:00"},
        {"days": "mo", "from": "25:00", "to": "11:00"},
        {"days": "mo", "from": "10:00"},
    ],
)
def test_what_is_no_window(window: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError, match="opening window"):
        OpeningHours.parse([window])


CLOCKS = st.integers(0, 95).map(lambda n: f"{n // 4:02d}:{n % 4 * 15:02d}")
DAYS = st.sampled_from(["mo-su", "sa,su", "mo", "fr-mo", "workday", "holiday"])
WINDOWS = st.lists(st.tuples(DAYS, CLOCKS, CLOCKS), max_size=3)


@given(
    windows=WINDOWS,
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns"]),
    start=st.integers(at("2025-01-03T00:00"), at("2026-12-20T00:00")),
    steps=st.lists(st.integers(0, 3 * DAY_US), min_size=1, max_size=20),
)
def test_mask_spans_and_question_agree(
    windows: list[tuple[str, str, str]], zone: str, start: int, steps: list[int]
) -> None:
    found = hours(*windows, zone=zone)
    instants = np.array([start + step for step in steps], dtype=np.int64)
    spans = found.open_spans(int(instants.min()), int(instants.max()) + 1)
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    said = found.open_mask(instants).tolist()
    assert said == [found.is_open(int(i)) for i in instants]
    assert said == [any(s <= i < e for s, e in spans) for i in instants.tolist()]


@given(st.integers(at("2025-01-03T00:00"), at("2026-12-20T00:00")))
def test_where_clocks_never_change_it_is_what_the_clock_on_the_wall_says(instant: int) -> None:
    night = hours(("mo-su", "16:00", "01:00"))
    local = datetime(1970, 1, 1, 8) + timedelta(microseconds=instant)  # noqa: DTZ001  # UTC+8
    assert night.is_open(instant) == (local.hour >= 16 or local.hour < 1)


def test_a_mask_over_sixty_days() -> None:
    minutes = at("2026-01-01T00:00") + np.arange(0, 60 * DAY_US, 5 * MINUTE_US)
    mask = hours(("mo-su", "10:00", "21:00")).open_mask(minutes)
    assert int(mask.sum()) == 60 * 11 * 12
