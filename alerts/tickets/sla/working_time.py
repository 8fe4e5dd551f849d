"""Working time: business hours of working days, holidays and make-up days (调休) included. Pure.

Instants are microseconds since the epoch; a business span's beginning is inside, its end is not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from alerts.schedules.holidays import WorkCalendar
from alerts.schedules.wall_clock import Run, instant_us, local_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A calendar with business hours; ``hours`` are (opens, closes), in order, apart."""

    calendar: WorkCalendar
    hours: Sequence[tuple[time, time]]
    zone: ZoneInfo

    def add(self, start_us: int, amount_us: int) -> int:
        """Return when ``amount_us`` of working time after ``start_us`` is over.

        0 from within business hours is ``start_us`` itself, otherwise the next opening. Of a
        negative amount: from when on that much lies before ``start_us``.

        Raises: UnknownCalendarYearError.
        """
        if amount_us < 0:
            return self._back(start_us, -amount_us)
        left_us = amount_us
        for opens_us, closes_us in self._spans(start_us, _DAY):
            begin_us = max(opens_us, start_us)
            if left_us <= closes_us - begin_us and begin_us < closes_us:
                return begin_us + left_us
            left_us -= max(closes_us - begin_us, 0)
        raise AssertionError("working days never end; a year without a calendar raises")

    def _back(self, end_us: int, amount_us: int) -> int:
        left_us = amount_us
        for opens_us, closes_us in self._spans(end_us, -_DAY):
            finish_us = min(closes_us, end_us)
            if left_us < finish_us - opens_us:
                return finish_us - left_us
            left_us -= max(finish_us - opens_us, 0)
        raise AssertionError("working days never end; a year without a calendar raises")

    def between(self, start_us: int, end_us: int) -> int:
        """Return the working time from ``start_us`` to ``end_us``; 0 where that is not later.

        Raises: UnknownCalendarYearError.
        """
        total_us = 0
        if end_us <= start_us:
            return 0
        for opens_us, closes_us in self._spans(start_us, _DAY):
            if opens_us >= end_us:
                break
            total_us += max(min(closes_us, end_us) - max(opens_us, start_us), 0)
        return total_us

    def close_of_business(self, start_us: int, workdays: int) -> int:
        """Return the close of business of the N-th working day after the day of ``start_us``.

        Raises: UnknownCalendarYearError.
        """
        day = self.calendar.add_workdays(local_day(start_us, self.zone), workdays)
        return instant_us(day, self.hours[-1][1], self.zone)

    def _spans(self, from_us: int, step: timedelta) -> Iterator[Run]:
        """Yield the business spans of the day of an instant and of those after (or before) it."""
        day: date = local_day(from_us, self.zone)
        hours = self.hours if step > timedelta() else self.hours[::-1]
        while True:
            if self.calendar.is_workday(day):
                for opens, closes in hours:
                    yield instant_us(day, opens, self.zone), instant_us(day, closes, self.zone)
            day += step
