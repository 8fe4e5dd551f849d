"""Maintenance windows that recur, over changing clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.schedules.recurrence import DURATION_US_MAX, Recurrence
from core.errors import ConfigError, InvalidRequestError
from core.instant import DAY_US, HOUR_US, MINUTE_US, to_us

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def at(text: str, zone: str = SHANGHAI) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def utc(text: str) -> int:
    return at(text, "UTC")


def every(rule: str, first: str, duration_us: int, zone: str = SHANGHAI) -> Recurrence:
    return Recurrence.checked(rule, zone, at(first, zone), duration_us)


def test_the_beginning_is_inside_and_the_end_is_not() -> None:
    nightly = every("FREQ=DAILY", "2026-01-01T22:00", 4 * HOUR_US)
    assert nightly.covers(at("2026-01-05T22:00"))
    assert nightly.covers(at("2026-01-06T00:00")), "midnight"
    assert nightly.covers(at("2026-01-06T02:00") - 1)
    assert not nightly.covers(at("2026-01-06T02:00"))
    assert not nightly.covers(at("2026-01-05T22:00") - 1)
    assert not nightly.covers(at("2025-12-31T23:00")), "before the first one"


def test_local_time_is_kept_over_both_changes_of_the_clock() -> None:
    weekly = every("FREQ=WEEKLY;BYDAY=SU", "2026-03-22T01:00", 3 * HOUR_US, BERLIN)
    spring = weekly.spans(utc("2026-03-21T00:00"), utc("2026-04-06T00:00"))
    assert [start for start, _ in spring] == [
        utc("2026-03-22T00:00"), utc("2026-03-29T00:00"), utc("2026-04-04T23:00"),
    ]  # fmt: skip
    autumn = weekly.spans(utc("2026-10-17T00:00"), utc("2026-11-02T00:00"))
    assert [start for start, _ in autumn] == [
        utc("2026-10-17T23:00"), utc("2026-10-24T23:00"), utc("2026-11-01T00:00"),
    ]  # fmt: skip
    assert all(end - start == 3 * HOUR_US for start, end in spring + autumn)


def test_a_wall_time_that_does_not_exist_or_exists_twice() -> None:
    nightly = every("FREQ=DAILY", "2026-01-01T02:30", 10 * MINUTE_US, BERLIN)
    assert nightly.spans(utc("2026-03-29T00:00"), utc("2026-03-30T00:00")) == [
        (utc("2026-03-29T01:30"), utc("2026-03-29T01:40"))
    ], "03:30 by the new clock"
    assert nightly.spans(utc("2026-10-25T00:00"), utc("2026-10-25T12:00")) == [
        (utc("2026-10-25T00:30"), utc("2026-10-25T00:40"))
    ], "the first of the two"


def test_leap_day() -> None:
    yearly = every("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2024-01-01T03:00", HOUR_US)
    assert yearly.spans(at("2024-01-01T00:00"), at("2033-01-01T00:00")) == [
        (at(f"{year}-02-29T03:00"), at(f"{year}-02-29T04:00")) for year in (2024, 2028, 2032)
    ]
    monthly = every("FREQ=MONTHLY;BYMONTHDAY=-1", "2024-01-01T03:00", HOUR_US)
    assert monthly.covers(at("2024-02-29T03:00"))
    assert monthly.covers(at("2026-02-28T03:00"))


def test_every_second_week_keeps_step_after_years() -> None:
    second = every("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "2020-01-07T09:00", HOUR_US)
    assert [s for s, _ in second.spans(at("2026-01-01T00:00"), at("2026-01-20T00:00"))] == [
        at("2026-01-02T09:00"), at("2026-01-13T09:00"), at("2026-01-16T09:00"),
    ]  # fmt: skip
    last_of_week = every("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1", "2020-01-01T09:00", HOUR_US)
    assert [s for s, _ in last_of_week.spans(at("2026-01-05T00:00"), at("2026-01-12T00:00"))] == [
        at("2026-01-09T09:00")
    ]


def test_ends_by_count_and_until() -> None:
    thrice = every("FREQ=DAILY;COUNT=3", "2026-01-05T09:00", HOUR_US)
    assert len(thrice.spans(0, at("2030-01-01T00:00"))) == 3
    assert thrice.last_end_us == at("2026-01-07T10:00")
    for until in ("20260107", "20260107T090000", "20260107T010000Z"):
        bounded = every(f"FREQ=DAILY;UNTIL={until}", "2026-01-05T09:00", HOUR_US)
        assert bounded.last_end_us == at("2026-01-07T10:00"), until
        assert bounded.covers(at("2026-01-07T09:00"))
        assert not bounded.covers(at("2026-01-08T09:00"))
    assert every("FREQ=DAILY", "2026-01-05T09:00", HOUR_US).last_end_us is None


def test_an_occurrence_that_began_before_the_asked_time_is_found_whole() -> None:
    long = every("FREQ=MONTHLY", "2026-01-01T00:00", 20 * DAY_US)
    assert long.spans(at("2026-01-10T00:00"), at("2026-01-11T00:00")) == [
        (at("2026-01-01T00:00"), at("2026-01-21T00:00"))
    ]
    assert long.spans(at("2026-01-21T00:00"), at("2026-02-01T00:00")) == []


def test_when_it_is_over() -> None:
    nightly = every("FREQ=DAILY", "2026-01-01T22:00", 4 * HOUR_US)
    assert nightly.next_end_us(at("2026-01-05T23:00")) == at("2026-01-06T02:00")
    assert nightly.next_end_us(at("2026-01-06T02:00")) == at("2026-01-07T02:00")
    always = every("FREQ=DAILY", "2026-01-01T00:00", DAY_US)
    assert always.next_end_us(at("2026-01-05T00:00")) is None, "one follows on the other"
    once = every("FREQ=DAILY;COUNT=1", "2026-01-01T00:00", DAY_US)
    assert once.next_end_us(at("2026-01-01T12:00")) == at("2026-01-02T00:00")
    assert once.next_end_us(at("2026-01-02T00:00")) is None
    yearly = every("FREQ=YEARLY", "2026-01-01T00:00", DAY_US)
    assert yearly.next_end_us(at("2026-06-01T00:00")) == at("2027-01-02T00:00")


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=SECONDLY", "FREQ=HOURLY", "INTERVAL=2", "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=367", "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;UNTIL=2026", "FREQ=DAILY;COUNT=1;UNTIL=20260101", "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;BYSETPOS=2",
        "RRULE:FREQ=DAILY", "FREQ=DAILY\nRRULE:FREQ=DAILY", "FREQ=DAILY;",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;UNTIL=20250101",
        "FREQ=DAILY;BYMONTHDAY=x",
    ],
)  # fmt: skip
def test_rules_that_are_refused(rule: str) -> None:
    with pytest.raises(InvalidRequestError, match="rule"):
        every(rule, "2026-01-05T09:00", HOUR_US)


def test_instants_that_no_part_can_hold_are_refused_not_tripped_over() -> None:
    for year in ("0001", "9999"):
        with pytest.raises(InvalidRequestError, match="starts_at"):
            every("FREQ=DAILY", f"{year}-06-01T00:00", HOUR_US, "UTC")
        rule = f"FREQ=DAILY;UNTIL={year}0601"
        found = Recurrence(rule, SHANGHAI, at("2026-01-05T09:00"), HOUR_US)
        assert found.covers(at("2026-01-06T09:00")) == (year == "9999")
    with pytest.raises(InvalidRequestError, match="never"):
        every("FREQ=DAILY;UNTIL=00010601", "2026-01-05T09:00", HOUR_US)


def test_durations_and_zones_that_are_refused() -> None:
    for duration_us in (0, -1, DURATION_US_MAX + 1):
        with pytest.raises(InvalidRequestError, match="duration"):
            every("FREQ=DAILY", "2026-01-05T09:00", duration_us)
    for zone in ("Mars/Olympus", "../etc", "", "Asia"):
        with pytest.raises(ConfigError, match="zone"):
            Recurrence.checked("FREQ=DAILY", zone, 0, HOUR_US)


@given(
    rule=st.sampled_from(
        [
            "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
            "FREQ=WEEKLY;BYDAY=MO,TU,SA;BYSETPOS=2", "FREQ=MONTHLY;BYMONTHDAY=31",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=DAILY;COUNT=40", "FREQ=WEEKLY;UNTIL=20261030T020000Z",
        ]
    ),
    zone=st.sampled_from([SHANGHAI, BERLIN]),
    duration_us=st.integers(1, 3 * DAY_US),
    from_us=st.integers(utc("2025-12-01T00:00"), utc("2027-01-01T00:00")),
    length_us=st.integers(1, 30 * DAY_US),
)  # fmt: skip
def test_a_part_of_the_time_shows_what_the_whole_time_shows(
    rule: str, zone: str, duration_us: int, from_us: int, length_us: int
) -> None:
    found = Recurrence(rule, zone, at("2026-01-03T02:30", zone), duration_us)
    whole = found.spans(0, utc("2027-03-01T00:00"))
    end_us = from_us + length_us
    assert found.spans(from_us, end_us) == [r for r in whole if r[0] < end_us and r[1] > from_us]
    assert found.covers(from_us) == any(start <= from_us < end for start, end in whole)
