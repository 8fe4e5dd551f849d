"""Complaints around Spring Festival (春节), which moves between January and February. Pure.

Two ways to keep it from wrecking 同比: January and February together, and ten weeks around lunar
New Year's Day (正月初一), five before and five from it on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.statistics.change import Change, compare
from alerts.statistics.month import Month
from api.trends.trend import MonthCount

_HALF = timedelta(weeks=5)

Days = tuple[date, date]
Both = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SeasonChange:
    """One span of days against the same one a year before, counted both ways; ends excluded."""

    first_day: date
    end_day: date
    base_first_day: date
    base_end_day: date
    count: int
    deduplicated_count: int
    all: Change
    deduplicated: Change


@dataclass(frozen=True, slots=True)
class SpringSeason:
    """One year's Spring Festival; a part is None until its days are over, or of an unknown year."""

    year: int
    january_february: SeasonChange | None
    lunar: SeasonChange | None


def lunar_spans(new_years: Mapping[int, date], years: Sequence[int]) -> dict[int, Days]:
    """Return the ten weeks around New Year's Day of those years, and of the ones before them."""
    wanted = {year - back for year in years for back in (0, 1)}
    return {year: (day - _HALF, day + _HALF) for year, day in new_years.items() if year in wanted}


def spring_seasons(
    years: Sequence[int],
    counts: Mapping[Month, MonthCount],
    lunar: Mapping[int, Days],
    lunar_counts: Mapping[Days, Both],
    today: date,
) -> list[SpringSeason]:
    """Return the seasons of years, in order."""
    return [
        SpringSeason(
            year,
            _january_february(year, counts, today),
            _lunar(year, lunar, lunar_counts, today),
        )
        for year in years
    ]


def _january_february(
    year: int, counts: Mapping[Month, MonthCount], today: date
) -> SeasonChange | None:
    own, base = ((Month(one, 1).first_day, Month(one, 3).first_day) for one in (year, year - 1))
    if own[1] > today:
        return None
    return _change(own, base, *(_two_months(one, counts) for one in (year, year - 1)))


def _lunar(
    year: int, spans: Mapping[int, Days], counts: Mapping[Days, Both], today: date
) -> SeasonChange | None:
    own, base = spans.get(year), spans.get(year - 1)
    if own is None or base is None or own[1] > today:
        return None
    return _change(own, base, counts[own], counts[base])


def _two_months(year: int, counts: Mapping[Month, MonthCount]) -> Both:
    own = [counts.get(Month(year, number), MonthCount()) for number in (1, 2)]
    return sum(one.count for one in own), sum(one.deduplicated for one in own)


def _change(own: Days, base: Days, count: Both, base_count: Both) -> SeasonChange:
    return SeasonChange(
        *own, *base, *count, *(compare(*both) for both in zip(count, base_count, strict=True))
    )
