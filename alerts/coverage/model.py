"""The values of coverage. Pure data; docs/coverage.md defines each figure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from alerts.schedules.opening import ZONE_DEFAULT

#: Days and months of coverage are the county's.
ZONE = ZoneInfo(ZONE_DEFAULT)


class Span(NamedTuple):
    """Some whole county days: ``first`` up to, not including, ``end``."""

    first: date
    end: date

    @classmethod
    def of_day(cls, day: date) -> Self:
        """Return one day."""
        return cls(day, day + timedelta(days=1))

    @classmethod
    def of_month(cls, day: date) -> Self:
        """Return the month of a day."""
        first = day.replace(day=1)
        return cls(first, (first + timedelta(days=31)).replace(day=1))

    @property
    def starts_at(self) -> datetime:
        """Return the instant it begins."""
        return _midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """Return the instant it is over."""
        return _midnight(self.end)


class Frozen(NamedTuple):
    """A frozen day or month; ``span`` is ``day`` or ``month``."""

    coverage_freeze_id: int
    span: str
    starts_on: date
    revision: int


def local_today(now: datetime) -> date:
    """Return the county's date."""
    return now.astimezone(ZONE).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC)
