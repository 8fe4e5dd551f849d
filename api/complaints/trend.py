"""Complaints by month with 同比 (year on year) and 环比 (month on month). Pure.

Rules of Chinese city management (docs/api.md): counted by 受理时间 in Asia/Shanghai months; a base
under 20 gives counts but no percentage, a base of 0 neither; a month in progress is compared with
the same part of the base month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal, NamedTuple, Self

#: Smallest base of a percentage: below it chance alone moves it by tens of percent.
BASE_COUNT_MIN = 20
#: China has kept one offset without summer time since 1991.
SHANGHAI = timezone(timedelta(hours=8))

NoPercentReason = Literal["no_base", "base_below_20"]


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

    def plus(self, months: int) -> "Month":
        """Return the month so many months later.

        Raises: ValueError: there is no such year.
        """
        number = self.year * 12 + self.month - 1 + months
        found = Month(number // 12, number % 12 + 1)
        if not date.min.year <= found.year <= date.max.year:
            raise ValueError("no such month")
        return found


@dataclass(frozen=True, slots=True)
class MonthCount:
    """Complaints of a month: all of them, and without those linked as repeated (去重后).

    ``…_to_date`` count only as far into the month as now is into the present one.
    """

    count: int = 0
    deduplicated: int = 0
    count_to_date: int = 0
    deduplicated_to_date: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A count against that of a base month; ``percent`` is None where ``no_percent`` says why."""

    base_month: str
    base_count: int
    difference: int
    percent: float | None
    no_percent: NoPercentReason | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A month's count and how it moved."""

    count: int
    per_100_restaurants: float | None
    year_on_year: Change
    month_on_month: Change


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One month, counted both ways; ``partial``: it is not over yet."""

    month: str
    partial: bool
    all: Counted
    deduplicated: Counted


def months_between(first: Month, last: Month) -> list[Month]:
    """Return the months from ``first`` to ``last``, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [first.plus(step) for step in range(count)]


def compare(count: int, base_month: Month, base_count: int) -> Change:
    """Return how a count relates to its base.

    The change is exact: ``(count - base_count) / base_count`` in percent, rounded to 0.01.
    """
    reason: NoPercentReason | None = None
    if base_count == 0:
        reason = "no_base"
    elif base_count < BASE_COUNT_MIN:
        reason = "base_below_20"
    difference = count - base_count
    percent = None if reason else round(100 * difference / base_count, 2)
    return Change(str(base_month), base_count, difference, percent, reason)


def trend(
    counts: Mapping[Month, MonthCount],
    months: Sequence[Month],
    current: Month,
    restaurant_count: int,
) -> list[TrendPoint]:
    """Return one point a month; months without an entry in ``counts`` had no complaint.

    ``counts`` reaches back twelve months before the first month. ``current`` is in progress.
    """
    nothing = MonthCount()
    points = []
    for month in months:
        partial = month == current
        year_ago, month_ago = month.plus(-12), month.plus(-1)
        own = counts.get(month, nothing)
        bases = [
            (base, _both(counts.get(base, nothing), to_date=partial))
            for base in (year_ago, month_ago)
        ]
        both = [
            _counted(count, [(base, found[way]) for base, found in bases], restaurant_count)
            for way, count in enumerate(_both(own, to_date=False))
        ]
        points.append(TrendPoint(str(month), partial, *both))
    return points


def _both(counts: MonthCount, *, to_date: bool) -> tuple[int, int]:
    if to_date:
        return counts.count_to_date, counts.deduplicated_to_date
    return counts.count, counts.deduplicated


def _counted(count: int, bases: Sequence[tuple[Month, int]], restaurant_count: int) -> Counted:
    year_on_year, month_on_month = (compare(count, month, base) for month, base in bases)
    share = round(100 * count / restaurant_count, 4) if restaurant_count else None
    return Counted(count, share, year_on_year, month_on_month)
