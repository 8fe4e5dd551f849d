"""Working days of China: weekends, public holidays and make-up working days (调休). Pure.

What the State Council decides for a year stands in ``holidays_cn.yaml``; a year without a notice
is unknown, never guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from core.errors import UnknownCalendarYearError

_DAY = timedelta(days=1)
_SATURDAY = 5


class _Holiday(BaseModel):
    """One holiday of a notice: first and last day off, and the weekend days worked instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    free: tuple[date, date]
    make_up: tuple[date, ...] = ()


class _Year(BaseModel):
    """One year's notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    lunar_new_year: date | None = None
    holidays: Sequence[_Holiday]


class _File(BaseModel):
    """The data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    years: Mapping[int, _Year]


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days off and make-up working days of the years that it knows.

    ``version`` names the edition of the data, for whoever stores what was computed from it.
    """

    version: str
    sources: Mapping[int, str]
    days_off: frozenset[date]
    make_up_days: frozenset[date]
    #: 正月初一 by year, where it stands in the data.
    lunar_new_years: Mapping[int, date] = field(default_factory=dict)

    def is_holiday(self, day: date) -> bool:
        """Return whether the year's notice gives that day off (放假); not so plain weekends.

        Raises: UnknownCalendarYearError.
        """
        self._require(day)
        return day in self.days_off

    def is_workday(self, day: date) -> bool:
        """Return whether people work: Monday to Friday but holidays, and make-up days.

        Raises: UnknownCalendarYearError.
        """
        self._require(day)
        if day in self.make_up_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.days_off

    def add_workdays(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day`` (before it, if negative); 0: itself.

        Raises: UnknownCalendarYearError: that leads out of the known years.
        """
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def _require(self, day: date) -> None:
        if day.year not in self.sources:
            known = f"{min(self.sources)} to {max(self.sources)}" if self.sources else "none"
            raise UnknownCalendarYearError(
                f"no holiday notice for {day.year} in calendar {self.version} (known: {known})"
            )


def parse_calendar(text: str) -> WorkCalendar:
    """Return the calendar of a data file's text.

    Raises: pydantic.ValidationError, yaml.YAMLError: it is not one.
    """
    document = _File.model_validate(yaml.safe_load(text))
    holidays = [holiday for year in document.years.values() for holiday in year.holidays]
    return WorkCalendar(
        version=document.version,
        sources={number: year.source for number, year in document.years.items()},
        days_off=frozenset(day for holiday in holidays for day in _days(*holiday.free)),
        make_up_days=frozenset(day for holiday in holidays for day in holiday.make_up),
        lunar_new_years={
            number: year.lunar_new_year
            for number, year in document.years.items()
            if year.lunar_new_year
        },
    )


@cache
def load_calendar() -> WorkCalendar:
    """Return the shipped calendar."""
    return parse_calendar(files(__package__).joinpath("holidays_cn.yaml").read_text("utf-8"))


def _days(first: date, last: date) -> list[date]:
    return [first + n * _DAY for n in range((last - first).days + 1)]
