from datetime import UTC, datetime

import pytest

from api.complaints.trend import Month, MonthCount, compare, months_between, trend

JANUARY = Month(2026, 1)


@pytest.mark.parametrize(
    ("count", "base", "percent", "reason"),
    [
        (47, 100, -53.0, None),
        (100, 100, 0.0, None),
        (0, 20, -100.0, None),
        (60, 20, 200.0, None),
        (1, 3_000, -99.97, None),
        (40, 19, None, "base_below_20"),
        (0, 1, None, "base_below_20"),
        (5, 0, None, "no_base"),
        (0, 0, None, "no_base"),
    ],
)
def test_change(count: int, base: int, percent: float | None, reason: str | None) -> None:
    change = compare(count, JANUARY, base)
    assert (change.percent, change.no_percent) == (percent, reason)
    assert (change.base_month, change.base_count) == ("2026-01", base)
    assert change.difference == count - base


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


def test_each_month_is_counted_both_ways_against_both_bases() -> None:
    counts = {
        Month(2024, 12): MonthCount(100, 80, 10, 8),
        Month(2025, 11): MonthCount(50, 40, 5, 4),
        Month(2025, 12): MonthCount(47, 30, 6, 3),
    }
    (point,) = trend(counts, [Month(2025, 12)], JANUARY, 200)
    assert not point.partial
    assert point.all.count == 47
    assert point.all.per_100_restaurants == 23.5
    assert point.all.year_on_year.percent == -53.0
    assert point.all.month_on_month.percent == -6.0
    assert point.deduplicated.count == 30
    assert point.deduplicated.year_on_year.percent == -62.5
    assert point.deduplicated.month_on_month.percent == -25.0


def test_a_month_in_progress_is_compared_with_the_same_part_of_its_bases() -> None:
    counts = {
        Month(2025, 1): MonthCount(200, 200, 40, 40),
        Month(2025, 12): MonthCount(300, 300, 25, 20),
        JANUARY: MonthCount(30, 30, 30, 30),
    }
    (point,) = trend(counts, [JANUARY], JANUARY, 0)
    assert point.partial
    assert point.all.count == 30
    assert (point.all.year_on_year.base_count, point.all.year_on_year.percent) == (40, -25.0)
    assert (point.all.month_on_month.base_count, point.all.month_on_month.percent) == (25, 20.0)
    assert point.deduplicated.month_on_month.percent == 50.0
    assert point.all.per_100_restaurants is None


def test_a_month_without_complaints_is_a_point_of_zero() -> None:
    (point,) = trend({Month(2025, 6): MonthCount(25, 25, 25, 25)}, [Month(2025, 7)], JANUARY, 10)
    assert (point.all.count, point.all.per_100_restaurants) == (0, 0.0)
    assert point.all.month_on_month.percent == -100.0
    assert point.all.year_on_year.no_percent == "no_base"
