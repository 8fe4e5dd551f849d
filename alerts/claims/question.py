"""Which questions may be asked, and which months answer them. Pure.

Seasons are equal by construction: a period is compared with the same calendar months of a baseline
of at least a year. A month against the month before it (环比) is never a headline.
"""

from collections.abc import Sequence

from alerts.claims.model import ComparisonKind, Question, Span, Treated
from alerts.statistics.month import Month, months_between
from alerts.statistics.xmr import BASELINE_COUNT_MIN
from core.complaint_category import CATEGORIES, FUME, Category
from core.errors import InvalidRequestError

SEASONAL_COUNT_MIN = 24
_BASELINE_COUNT_MAX = 60
_PERIOD_COUNT_MAX = 12


def make_question(
    *,
    baseline: str,
    period: str,
    current: Month,
    town: str | None = None,
    category: str | None = None,
    treated: Treated = "monitored",
    comparison: ComparisonKind = "unmonitored",
    seasonal: bool = False,
) -> Question:
    """Return the question; spans are ``2025-01..2025-12``, ``category`` may list several by comma.

    Without a category everything but fume (油烟) counts. ``current`` is the month in progress.

    Raises: InvalidRequestError: no honest answer exists, and why.
    """
    question = Question(
        baseline=_span("baseline", baseline),
        period=_span("period", period),
        town=town,
        categories=_categories(category),
        treated=treated,
        comparison=comparison,
        seasonal=seasonal,
    )
    check_question(question)
    if Month.parse(question.period.last) >= current:
        raise InvalidRequestError(f"period: {question.period.last} is not over yet")
    return question


def check_question(question: Question) -> None:
    """Check everything but the present month.

    Raises: InvalidRequestError.
    """
    baseline, period = span_months(question.baseline), span_months(question.period)
    least = SEASONAL_COUNT_MIN if question.seasonal else BASELINE_COUNT_MIN
    if len(baseline) < least:
        raise InvalidRequestError(
            f"baseline: at least {least} months expected, {len(baseline)} given; "
            "month on month (环比) is never a headline"
        )
    if len(baseline) > _BASELINE_COUNT_MAX:
        raise InvalidRequestError(f"baseline: at most {_BASELINE_COUNT_MAX} months")
    if len(period) > _PERIOD_COUNT_MAX:
        raise InvalidRequestError(f"period: at most {_PERIOD_COUNT_MAX} months")
    if period[0] <= baseline[-1]:
        raise InvalidRequestError("period: must begin after the baseline")
    if question.treated == "all" and question.comparison == "unmonitored":
        raise InvalidRequestError("comparison: unmonitored sites are part of treated=all")
    if question.comparison == "other_categories" and not comparison_categories(question):
        raise InvalidRequestError("comparison: no other category is left")


def comparison_categories(question: Question) -> tuple[Category, ...]:
    """Return what the comparison group's complaints are about.

    Fume is the comparison only where nothing else is left.
    """
    if question.comparison == "none":
        return ()
    if question.comparison == "unmonitored":
        return question.categories
    others = tuple(one for one in CATEGORIES if one not in question.categories)
    return tuple(one for one in others if one != FUME) or others


def span_months(span: Span) -> list[Month]:
    """Return the months of a span.

    Raises: InvalidRequestError: it ends before it begins, or has no such month.
    """
    try:
        first, last = Month.parse(span.first), Month.parse(span.last)
        last.plus(1)
    except ValueError:
        raise InvalidRequestError(f"{span.first}..{span.last}: no such month") from None
    if first > last:
        raise InvalidRequestError(f"{span.first}..{span.last}: ends before it begins")
    return months_between(first, last)


def all_months(question: Question) -> list[Month]:
    """Return every month that belongs to the question, a gap before the period included."""
    return months_between(Month.parse(question.baseline.first), Month.parse(question.period.last))


def base_months(question: Question) -> list[Month]:
    """Return the baseline's months that the period is compared with.

    Each calendar month of the period stands in it equally often, the latest first taken.
    """
    baseline = span_months(question.baseline)
    by_number = {
        month.month: [one for one in baseline if one.month == month.month]
        for month in span_months(question.period)
    }
    often = min(map(len, by_number.values()))
    return sorted(month for own in by_number.values() for month in own[-often:])


def splits_spring_festival(months: Sequence[Month]) -> bool:
    """Return whether January or February stands alone: the festival moves between them."""
    numbers = {month.month for month in months}
    return (1 in numbers) != (2 in numbers)


def _span(name: str, text: str) -> Span:
    first, dots, last = text.partition("..")
    try:
        months = str(Month.parse(first)), str(Month.parse(last if dots else first))
    except ValueError:
        raise InvalidRequestError(
            f"{name}: months such as 2025-01..2025-12 expected, {text} given"
        ) from None
    return Span(first=months[0], last=months[1])


def _categories(text: str | None) -> tuple[Category, ...]:
    if text is None:
        return tuple(one for one in CATEGORIES if one != FUME)
    names = text.split(",")
    known = tuple(one for one in CATEGORIES if one in names)
    if len(known) != len(names):
        raise InvalidRequestError(f"category: of {', '.join(CATEGORIES)} expected, by comma")
    return known
