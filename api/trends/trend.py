"""Complaints by month with 同比 (year on year) and 环比 (month on month). Pure.

Rules of Chinese city management (docs/api.md): counted by 受理时间 in Asia/Shanghai months; a month
in progress is compared with the same part of the base month; what repeats is counted both ways.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from alerts.statistics.change import Change, compare, percentage_points, share_percent
from alerts.statistics.month import Month, months_between
from alerts.statistics.time_between import COUNT_MEAN_MIN
from alerts.statistics.xmr import Limits, Signal, limits_of, signals_of


@dataclass(frozen=True, slots=True)
class MonthCount:
    """Complaints of a month: all of them, and without those linked as repeated (去重后).

    ``…_to_date`` count only as far into the month as now is into the present one.
    """

    count: int = 0
    deduplicated: int = 0
    count_to_date: int = 0
    deduplicated_to_date: int = 0

    @property
    def repeated_percent(self) -> float | None:
        """The share of repeated complaints; None of fewer than 20."""
        return share_percent(self.count - self.deduplicated, self.count)


@dataclass(frozen=True, slots=True)
class MonthChange(Change):
    """A count against that of a base month."""

    base_month: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A month's count and how it moved."""

    count: int
    per_100_restaurants: float | None
    year_on_year: MonthChange
    month_on_month: MonthChange


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage, and by how many percentage points (百分点) it moved."""

    percent: float | None
    year_on_year_points: float | None
    month_on_month_points: float | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One month, counted both ways; ``partial``: it is not over yet."""

    month: str
    partial: bool
    all: Counted
    deduplicated: Counted
    repeated: Share


@dataclass(frozen=True, slots=True)
class Chart:
    """XmR limits of a stated baseline, and what each complete month since its begin signals."""

    limits: Limits
    signals: Mapping[str, tuple[Signal, ...]]


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
        own, year_ago, month_ago = (
            counts.get(one, nothing) for one in (month, month.plus(-12), month.plus(-1))
        )
        bases = [
            (base, _both(found, to_date=partial))
            for base, found in ((month.plus(-12), year_ago), (month.plus(-1), month_ago))
        ]
        counted, deduplicated = [
            _counted(count, [(base, found[way]) for base, found in bases], restaurant_count)
            for way, count in enumerate(_both(own, to_date=False))
        ]
        repeated = Share(
            own.repeated_percent,
            percentage_points(own.repeated_percent, year_ago.repeated_percent),
            percentage_points(own.repeated_percent, month_ago.repeated_percent),
        )
        points.append(TrendPoint(str(month), partial, counted, deduplicated, repeated))
    return points


def chart(
    counts: Mapping[Month, MonthCount], baseline: Sequence[Month], last: Month
) -> Chart | None:
    """Return the chart of deduplicated counts up to ``last``, a complete month.

    None: the baseline has fewer than 5 a month; days between complaints say more then.
    """
    months = months_between(baseline[0], max(last, baseline[-1]))
    values = [float(counts.get(month, MonthCount()).deduplicated) for month in months]
    limits = limits_of(values[: len(baseline)])
    if limits.mean < COUNT_MEAN_MIN:
        return None
    signals = zip(map(str, months), signals_of(values, limits), strict=True)
    return Chart(limits, dict(signals))


def _both(counts: MonthCount, *, to_date: bool) -> tuple[int, int]:
    if to_date:
        return counts.count_to_date, counts.deduplicated_to_date
    return counts.count, counts.deduplicated


def _counted(count: int, bases: Sequence[tuple[Month, int]], restaurant_count: int) -> Counted:
    year_on_year, month_on_month = (
        MonthChange(**asdict(compare(count, base)), base_month=str(month)) for month, base in bases
    )
    share = round(100 * count / restaurant_count, 4) if restaurant_count else None
    return Counted(count, share, year_on_year, month_on_month)
