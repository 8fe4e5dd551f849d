from datetime import date

import pytest

from alerts.statistics.month import Month
from api.trends.spring import lunar_spans, spring_seasons
from api.trends.trend import MonthCount, chart, trend

JANUARY = Month(2026, 1)


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


def test_the_share_of_repeated_complaints_moves_in_percentage_points() -> None:
    counts = {
        Month(2024, 12): MonthCount(100, 90),
        Month(2025, 11): MonthCount(19, 10),
        Month(2025, 12): MonthCount(40, 30),
    }
    (point,) = trend(counts, [Month(2025, 12)], JANUARY, 200)
    assert point.repeated.percent == 25.0
    assert point.repeated.year_on_year_points == 15.0
    assert point.repeated.month_on_month_points is None


def test_limits_are_those_of_the_baseline_alone() -> None:
    months = [Month(2025, number) for number in range(1, 13)]
    counts = {month: MonthCount(0, 10 + month.month % 2) for month in months}
    counts[Month(2026, 1)] = MonthCount(0, 30)
    found = chart(counts, months, JANUARY)
    assert found is not None
    assert found.limits.mean == 10.5
    assert found.limits.upper == pytest.approx(10.5 + 2.66)
    assert found.signals["2026-01"] == ("outside",)
    assert found.signals["2025-06"] == ()
    few = {month: MonthCount(4, 4) for month in months}
    assert chart(few, months, JANUARY) is None


def test_spring_festivals_are_compared_by_two_months_and_by_the_moon() -> None:
    new_years = {2024: date(2024, 2, 10), 2025: date(2025, 1, 29), 2026: date(2026, 2, 17)}
    spans = lunar_spans(new_years, [2025, 2026])
    assert spans[2025] == (date(2024, 12, 25), date(2025, 3, 5))
    counts = {Month(2024, 1): MonthCount(30, 20), Month(2025, 2): MonthCount(20, 15)}
    by_span = {spans[2024]: (40, 30), spans[2025]: (10, 9), spans[2026]: (1, 1)}
    past, present = spring_seasons([2025, 2026], counts, spans, by_span, date(2026, 3, 1))
    assert past.january_february is not None
    assert past.january_february.all.percent == pytest.approx(-33.33)
    assert past.january_february.base_end_day == date(2024, 3, 1)
    assert past.lunar is not None
    assert past.lunar.all.percent == -75.0
    assert present.lunar is None, "its ten weeks end on 24 March"
    assert present.january_february is not None
    assert present.january_february.deduplicated.no_percent == "base_below_20"
    (unknown,) = spring_seasons([2024], counts, spans, by_span, date(2026, 3, 1))
    assert unknown.lunar is None, "nobody told when 2023 began"
