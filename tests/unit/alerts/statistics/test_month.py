from datetime import UTC, datetime

import pytest

from alerts.statistics.month import Month, months_between


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC), Month(2025, 12)),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), Month(2026, 1)),
        (datetime(2024, 2, 29, 16, 0, tzinfo=UTC), Month(2024, 3)),
    ],
)
def test_months_begin_at_midnight_in_shanghai(moment: datetime, month: Month) -> None:
    assert Month.of(moment) == month


def test_a_month_has_a_first_moment() -> None:
    assert Month(2024, 2).begins_at == datetime(2024, 1, 31, 16, tzinfo=UTC)


def test_months_cross_years() -> None:
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert Month(2025, 12).plus(1) == Month(2026, 1)
    assert Month(2026, 3).plus(-12) == Month(2025, 3)
    assert [str(month) for month in months_between(Month(2025, 11), Month(2026, 2))] == [
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
    ]
    with pytest.raises(ValueError, match="no such month"):
        Month(1, 1).plus(-1)
