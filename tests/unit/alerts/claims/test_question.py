from typing import Any

import pytest

from alerts.claims.question import base_months, comparison_categories
from alerts.statistics.month import Month
from core.errors import InvalidRequestError
from tests.unit.alerts.claims.conftest import MakeQuestion


def test_a_period_is_compared_with_the_same_calendar_months(ask: MakeQuestion) -> None:
    assert base_months(ask()) == [Month(2025, number) for number in range(1, 7)]
    years = ask(baseline="2024-07..2025-12", period="2026-01..2026-03")
    assert base_months(years) == [Month(2025, 1), Month(2025, 2), Month(2025, 3)]
    twice = ask(baseline="2024-01..2025-12", period="2026-02")
    assert base_months(twice) == [Month(2024, 2), Month(2025, 2)]


def test_each_calendar_month_stands_in_the_base_equally_often(ask: MakeQuestion) -> None:
    question = ask(baseline="2024-03..2025-12", period="2026-01..2026-04")
    assert base_months(question) == [Month(2025, number) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"baseline": "2026-05", "period": "2026-06"}, "月|环比"),
        ({"baseline": "2025-01..2025-11"}, "at least 12 months expected, 11 given"),
        ({"seasonal": True}, "at least 24 months expected, 12 given"),
        ({"baseline": "2020-01..2025-12"}, "at most 60"),
        ({"period": "2025-12..2026-01"}, "after the baseline"),
        ({"period": "2026-06..2026-07"}, "2026-07 is not over yet"),
        ({"baseline": "2024-01..2024-12", "period": "2025-01..2026-01"}, "at most 12"),
        ({"period": "2026-06..2026-01"}, "ends before it begins"),
        ({"period": "2026-13"}, "months such as"),
        ({"period": "9999-12"}, "no such month"),
        ({"period": ""}, "months such as"),
        ({"category": "noise"}, "category: of"),
        ({"category": "odour,odour"}, "category: of"),
        ({"treated": "all"}, "unmonitored sites are part"),
    ],
)
def test_questions_without_an_honest_answer(
    ask: MakeQuestion, change: dict[str, Any], why: str
) -> None:
    with pytest.raises(InvalidRequestError, match=why):
        ask(**change)


def test_fume_is_counted_apart_and_compares_last(ask: MakeQuestion) -> None:
    assert "fume" not in ask().categories
    own = ask(category="odour,cover", comparison="other_categories")
    assert own.categories == ("odour", "cover")
    assert {"odour", "cover", "fume"}.isdisjoint(comparison_categories(own))
    assert comparison_categories(ask(comparison="other_categories")) == ("fume",)
    assert comparison_categories(ask(comparison="none")) == ()
    everything = ",".join([*ask().categories, "fume"])
    with pytest.raises(InvalidRequestError, match="no other category"):
        ask(category=everything, comparison="other_categories")
