"""Public holidays and make-up working days, against the notices."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from alerts.schedules.holidays import load_calendar, parse_calendar
from core.errors import UnknownCalendarYearError

CALENDAR = load_calendar()


def month_days(year: int, *days: str) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for day in days}


MAKE_UP = {
    2024: ("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"),
    2025: ("01-26", "02-08", "04-27", "09-28", "10-11"),
    2026: ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
}
#: Days off by the notices: 元旦, 春节, 清明, 劳动, 端午, 中秋, 国庆 (2025: two in one).
DAYS_OFF = {2024: 1 + 8 + 3 + 5 + 1 + 3 + 7, 2025: 1 + 8 + 3 + 5 + 3 + 8, 2026: 33}


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_make_up_days_of_the_notice_are_worked_and_lie_on_weekends(year: int) -> None:
    expected = month_days(year, *MAKE_UP[year])
    assert {day for day in CALENDAR.make_up_days if day.year == year} == expected
    assert all(day.weekday() >= 5 and CALENDAR.is_workday(day) for day in expected)
    assert not expected & CALENDAR.days_off


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_as_many_days_off_as_the_notice_counts(year: int) -> None:
    assert sum(day.year == year for day in CALENDAR.days_off) == DAYS_OFF[year]
    assert CALENDAR.sources[year].startswith("国办发明电〔")


@pytest.mark.parametrize(("year", "workdays"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, workdays: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    assert sum(CALENDAR.is_workday(day) for day in days) == workdays


def test_a_holiday_a_weekend_and_a_working_day() -> None:
    assert CALENDAR.is_holiday(date(2026, 2, 17))
    assert not CALENDAR.is_workday(date(2026, 2, 17))
    assert not CALENDAR.is_holiday(date(2026, 3, 7)), "a plain Saturday"
    assert not CALENDAR.is_workday(date(2026, 3, 7))
    assert CALENDAR.is_workday(date(2024, 2, 29)), "leap day, a Thursday"
    assert CALENDAR.is_workday(date(2024, 2, 9)), "New Year's Eve of 2024 was only recommended"


def test_working_days_are_counted_over_holidays_and_make_up_days() -> None:
    assert CALENDAR.add_workdays(date(2026, 2, 13), 1) == date(2026, 2, 14), "调休 Saturday"
    assert CALENDAR.add_workdays(date(2026, 2, 13), 2) == date(2026, 2, 24), "after the festival"
    assert CALENDAR.add_workdays(date(2026, 2, 24), -1) == date(2026, 2, 14)
    assert CALENDAR.add_workdays(date(2026, 9, 18), 1) == date(2026, 9, 20), "调休 Sunday"
    assert CALENDAR.add_workdays(date(2024, 2, 28), 2) == date(2024, 3, 1)
    assert CALENDAR.add_workdays(date(2026, 2, 17), 0) == date(2026, 2, 17)


def test_years_without_a_notice_are_unknown() -> None:
    for day in (date(2023, 12, 31), date(2027, 1, 1)):
        with pytest.raises(UnknownCalendarYearError, match="2024 to 2026"):
            CALENDAR.is_workday(day)
        with pytest.raises(UnknownCalendarYearError):
            CALENDAR.is_holiday(day)
    with pytest.raises(UnknownCalendarYearError):
        CALENDAR.add_workdays(date(2026, 12, 31), 1)


def test_a_misspelt_data_file_is_refused() -> None:
    with pytest.raises(ValidationError):
        parse_calendar('{version: "1", years: {2027: {source: s, holiday: []}}}')
