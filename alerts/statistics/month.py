"""Calendar months in Asia/Shanghai. Pure."""

from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple, Self

#: China has kept one offset without summer time since 1991.
SHANGHAI = timezone(timedelta(hours=8))


def begin_of(day: date) -> datetime:
    """Return the moment at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


class Month(NamedTuple):
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Return the month of an aware instant in Asia/Shanghai."""
        local = moment.astimezone(SHANGHAI)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the month of a text such as ``2026-01``.

        Raises: ValueError.
        """
        first = date.fromisoformat(f"{text}-01")
        return cls(first.year, first.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    @property
    def begins_at(self) -> datetime:
        """The moment at which the month begins in Asia/Shanghai."""
        return begin_of(self.first_day)

    def plus(self, months: int) -> "Month":
        """Return the month so many months later.

        Raises: ValueError: there is no such year.
        """
        number = self.year * 12 + self.month - 1 + months
        found = Month(number // 12, number % 12 + 1)
        if not date.min.year <= found.year <= date.max.year:
            raise ValueError("no such month")
        return found


def months_between(first: Month, last: Month) -> list[Month]:
    """Return the months from ``first`` to ``last``, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [first.plus(step) for step in range(count)]
