from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, format_rfc3339, from_us, to_us


@given(st.integers(INSTANT_MIN_US, INSTANT_MAX_US))
def test_every_instant_survives_the_round_trip(instant_us: int) -> None:
    assert to_us(from_us(instant_us)) == instant_us


def test_an_offset_is_honoured() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert to_us(datetime(1970, 1, 1, 8, 0, 0, 1, tzinfo=shanghai)) == 1


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without UTC offset"):
        to_us(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive time is the case under test


def test_rfc3339_is_utc_with_z() -> None:
    assert format_rfc3339(to_us(datetime(2026, 1, 5, 1, 2, 3, tzinfo=UTC))) == (
        "2026-01-05T01:02:03Z"
    )
