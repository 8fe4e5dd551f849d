from datetime import date

import pytest

from alerts.coverage.freezing import due_days
from alerts.coverage.model import Span


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (None, []),
        (date(2026, 3, 1), []),
        (date(2026, 2, 28), [date(2026, 3, 1)]),
        (date(2026, 2, 26), [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]),
        # After a long outage only the last week is made up for.
        (date(2025, 1, 1), [date(2026, 2, 23 + n) for n in range(6)] + [date(2026, 3, 1)]),
    ],
)
def test_the_days_that_are_over_are_due(newest: date | None, expected: list[date]) -> None:
    assert due_days(newest, date(2026, 3, 2)) == expected


def test_a_day_is_the_countys() -> None:
    day = Span.of_day(date(2026, 1, 5))
    assert day.starts_at.isoformat() == "2026-01-04T16:00:00+00:00"
    assert day.ends_at.isoformat() == "2026-01-05T16:00:00+00:00"


@pytest.mark.parametrize(
    ("day", "first", "end"),
    [
        (date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1)),
    ],
)
def test_a_month_of_any_length(day: date, first: date, end: date) -> None:
    assert Span.of_month(day) == Span(first, end)
