from datetime import UTC, datetime

import pytest

from api.pages.templates import instant, local_time, percent, short_time

MOMENT = datetime(2026, 1, 5, 16, 30, 5, tzinfo=UTC)


def test_times_are_the_countys_with_their_offset() -> None:
    assert local_time(MOMENT) == "2026-01-06 00:30 +08:00"
    assert short_time(MOMENT) == "01-06 00:30"
    assert instant(MOMENT) == "2026-01-05T16:30:05Z"


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [(9_996, 10_000, "99.9%"), (1, 1, "100.0%"), (0, 7, "0.0%"), (0, 0, "—"), (571, 577, "98.9%")],
)
def test_shares_are_rounded_towards_what_is_missing(
    numerator: int, denominator: int, text: str
) -> None:
    assert percent(numerator, denominator) == text
