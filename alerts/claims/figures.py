"""The numbers of a claim, computed from its question and inputs alone. Pure."""

from collections.abc import Callable, Sequence
from datetime import date
from math import isinf
from typing import Literal, NamedTuple

from alerts.claims.model import (
    Bounds,
    Chart,
    ChartPoint,
    ComparisonFigures,
    Figures,
    GroupFigures,
    GroupMonth,
    InputMonth,
    Inputs,
    PausePoint,
    Pauses,
    Question,
    Verdict,
    WayFigures,
    WindowFigures,
)
from alerts.claims.question import all_months, base_months, span_months
from alerts.statistics.dispersion import Counted, Dispersion, dispersion_of
from alerts.statistics.month import Month
from alerts.statistics.rate_ratio import (
    Interval,
    Rate,
    exact_interval,
    exact_p_value,
    overdispersed_interval,
    ratio_of,
    ratio_of_ratios,
)
from alerts.statistics.time_between import COUNT_MEAN_MIN, pause_chart
from alerts.statistics.xmr import limits_of, signals_of
from core.errors import InvalidRequestError

#: Rates are per 100 sites and 30 days.
_RATE_SITE_DAYS = 3_000
#: Digits that are written: fewer than a double has, so that two libraries' last bits agree.
_DIGITS = 10

_Phase = Literal["baseline", "between", "period"]
_Pick = Callable[[InputMonth], GroupMonth | None]
_CountOf = Callable[[GroupMonth], int]
_COUNTS: dict[str, _CountOf] = {
    "all": lambda group: group.complaint_count,
    "deduplicated": lambda group: group.deduplicated_count,
}


class _Side(NamedTuple):
    """One group counted one way: what the ratios are made of."""

    figures: GroupFigures
    rate: Rate
    base: Rate
    dispersion: Dispersion


def figures_of(question: Question, inputs: Inputs) -> Figures:
    """Return all figures, both ways.

    Raises: InvalidRequestError: a group has no site in business in one of the months.
    """
    for month in inputs.months:
        groups = (month.treated, month.comparison)
        if any(group is not None and group.site_days == 0 for group in groups):
            raise InvalidRequestError(
                f"{month.month}: a group has no restaurant in business, so there is no rate"
            )
    ways = {way: _way(question, inputs, count_of) for way, count_of in _COUNTS.items()}
    return Figures(**ways)


def verdict_of(interval: Interval) -> Verdict:
    """Return the word that an interval of a ratio fixes."""
    if interval.high < 1:
        return "decreased"
    return "increased" if interval.low > 1 else "no_clear_change"


def chart_of(question: Question, inputs: Inputs) -> Chart:
    """Return the XmR chart of the treated group, deduplicated; limits are the baseline's.

    A seasonal series is charted without its seasons: each calendar month's mean within the baseline
    stands at the general one, and what is left is widened by the means' degrees of freedom.
    """
    phases = _phases(question)
    months = inputs.months
    values = [_rate(month.treated.deduplicated_count, month.treated) for month in months]
    in_baseline = [phases[month.month] == "baseline" for month in months]
    if question.seasonal:
        values = _deseasoned([Month.parse(one.month) for one in months], values, in_baseline)
    limits = limits_of([value for value, own in zip(values, in_baseline, strict=True) if own])
    points = zip(months, values, signals_of(values, limits), strict=True)
    return Chart(
        mean=rounded(limits.mean),
        moving_range=rounded(limits.moving_range),
        lower=rounded(limits.lower),
        upper=rounded(limits.upper),
        points=tuple(
            ChartPoint(
                month=month.month,
                value=rounded(value),
                phase=phases[month.month],
                signals=signals,
            )
            for month, value, signals in points
        ),
    )


def is_rare(question: Question, months: Sequence[InputMonth]) -> bool:
    """Return whether the baseline's months count too little for a chart of counts."""
    phases = _phases(question)
    counts = [one.treated.deduplicated_count for one in months if phases[one.month] == "baseline"]
    return sum(counts) < COUNT_MEAN_MIN * len(counts)


def pauses_of(question: Question, days: Sequence[date]) -> Pauses | None:
    """Return the chart of days between complaints; None: there are too few."""
    found = pause_chart(days, Month.parse(question.baseline.last).plus(1).first_day)
    if found is None:
        return None
    return Pauses(
        centre_days=rounded(found.centre_days),
        lower_days=rounded(found.lower_days),
        upper_days=rounded(found.upper_days),
        points=tuple(
            PausePoint(day=one.day, pause_days=one.pause_days, signals=one.signals)
            for one in found.pauses
        ),
    )


def rounded(value: float) -> float:
    """Return a number as a claim writes it: to ten significant digits."""
    return float(f"{value:.{_DIGITS}g}")


def _way(question: Question, inputs: Inputs, count_of: _CountOf) -> WayFigures:
    treated = _side(question, inputs, lambda month: month.treated, count_of)
    if question.comparison == "none":
        return WayFigures(treated=treated.figures, comparison=None)
    other = _side(question, inputs, lambda month: month.comparison, count_of)
    ratio, interval = ratio_of_ratios(treated[1:], other[1:])
    comparison = ComparisonFigures(
        group=other.figures,
        ratio_of_ratios=None if ratio is None else rounded(ratio),
        interval=_bounds(interval),
        verdict=verdict_of(interval),
    )
    return WayFigures(treated=treated.figures, comparison=comparison)


def _side(question: Question, inputs: Inputs, pick: _Pick, count_of: _CountOf) -> _Side:
    groups = {month.month: group for month in inputs.months if (group := pick(month))}
    base = _window(groups, base_months(question), count_of)
    period = _window(groups, span_months(question.period), count_of)
    rates = Rate(period.count, period.site_days), Rate(base.count, base.site_days)
    try:
        dispersion = dispersion_of(
            [
                Counted(
                    count_of(groups[str(month)]),
                    groups[str(month)].site_days,
                    month.month if question.seasonal else 0,
                )
                for month in span_months(question.baseline)
            ]
        )
    except ValueError:
        dispersion = Dispersion(1.0, 0)
    exact, wide = exact_interval(*rates), overdispersed_interval(*rates, dispersion)
    is_wide = dispersion.phi > 1
    ratio = ratio_of(*rates)
    figures = GroupFigures(
        base=base,
        period=period,
        rate_ratio=None if ratio is None else rounded(ratio),
        p_value=rounded(exact_p_value(*rates)),
        exact=_bounds(exact),
        phi=rounded(dispersion.phi) if dispersion.degrees else None,
        phi_degrees=dispersion.degrees,
        overdispersed=_bounds(wide) if dispersion.degrees else None,
        used="overdispersed" if is_wide else "exact",
        verdict=verdict_of(wide if is_wide else exact),
    )
    return _Side(figures, *rates, dispersion)


def _window(
    groups: dict[str, GroupMonth], months: Sequence[Month], count_of: _CountOf
) -> WindowFigures:
    own = [groups[str(month)] for month in months]
    count, site_days = sum(map(count_of, own)), sum(group.site_days for group in own)
    return WindowFigures(
        months=tuple(map(str, months)),
        count=count,
        site_days=site_days,
        service_days=sum(group.service_days for group in own),
        per_100_sites_30_days=rounded(_RATE_SITE_DAYS * count / site_days),
    )


def _rate(count: int, group: GroupMonth) -> float:
    return _RATE_SITE_DAYS * count / group.site_days


def _bounds(interval: Interval) -> Bounds:
    high = None if isinf(interval.high) else rounded(interval.high)
    return Bounds(low=rounded(interval.low), high=high)


def _phases(question: Question) -> dict[str, _Phase]:
    phases: dict[str, _Phase] = dict.fromkeys(map(str, all_months(question)), "between")
    phases |= dict.fromkeys(map(str, span_months(question.baseline)), "baseline")
    return phases | dict.fromkeys(map(str, span_months(question.period)), "period")


def _deseasoned(
    months: Sequence[Month], values: Sequence[float], in_baseline: Sequence[bool]
) -> list[float]:
    own: dict[int, list[float]] = {}
    for month, value, counts in zip(months, values, in_baseline, strict=True):
        if counts:
            own.setdefault(month.month, []).append(value)
    means = {number: sum(found) / len(found) for number, found in own.items()}
    count = sum(map(len, own.values()))
    general = sum(map(sum, own.values())) / count
    widen = (count / (count - len(own))) ** 0.5
    return [
        general + (widen if counts else 1.0) * (value - means[month.month])
        for month, value, counts in zip(months, values, in_baseline, strict=True)
    ]
