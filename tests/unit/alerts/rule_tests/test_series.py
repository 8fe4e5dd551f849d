"""The notation of values and of durations."""

import math

import pytest

from alerts.rule_tests.duration import format_us, parse_us
from alerts.rule_tests.series import parse_values
from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US


@pytest.mark.parametrize(
    ("notation", "values"),
    [
        ("60 70", [60, 70]),
        ("80x3", [80, 80, 80, 80]),
        ("1+2x3", [1, 3, 5, 7]),
        ("-1-0.5x2", [-1, -1.5, -2]),
        ("1-1x1", [1, 0]),
        ("_ 5 _x3 6", [None, 5, None, None, None, 6]),
        ("1e3 2.5", [1000, 2.5]),
        ("7x0", [7]),
        ("_x0 7", [7]),
        ("", []),
    ],
)
def test_promtools_notation(notation: str, values: list[float | None]) -> None:
    assert parse_values(notation) == values


def test_nan_is_a_reading_without_a_number() -> None:
    first, second = parse_values("NaNx1")
    assert first is not None
    assert second is not None
    assert math.isnan(first)
    assert math.isnan(second)


@pytest.mark.parametrize("word", ["abc", "1x", "1+x2", "_y2", "1+1", "stale", "80x-1", "+5"])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_values(word)


@pytest.mark.parametrize("notation", ["1x100000", "_x100001", "1x99999999999999999999"])
def test_too_many_values_are_refused(notation: str) -> None:
    with pytest.raises(ValueError, match="at most 100000"):
        parse_values(notation)


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("30m", 30 * MINUTE_US),
        ("1h30m", 90 * MINUTE_US),
        ("2d", 2 * DAY_US),
        ("-56y", -56 * 365 * DAY_US),
        ("1.5s", SECOND_US * 3 // 2),
        ("1w", 7 * DAY_US),
        (0, 0),
    ],
)
def test_durations(text: object, us: int) -> None:
    assert parse_us(text) == us


@pytest.mark.parametrize("text", ["", "5", 5, True, "m", "1h 30m", "1x", None, "--1h"])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="a duration such as"):
        parse_us(text)


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0s"),
        (165 * MINUTE_US, "2h45m"),
        (-HOUR_US, "-1h"),
        (DAY_US + 1, "1d0.000001s"),
        (90 * SECOND_US, "1m30s"),
    ],
)
def test_durations_are_written_as_they_are_read(us: int, text: str) -> None:
    assert format_us(us) == text
    assert parse_us(text) == us
