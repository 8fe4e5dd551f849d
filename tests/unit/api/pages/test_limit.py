from datetime import UTC, datetime, timedelta

import pytest

from api.pages.limit import Limit, limit_of

START = datetime(2026, 1, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "limit"),
    [
        (-5, Limit(0.0, "running")),
        (30, Limit(0.5, "running")),
        (45, Limit(0.75, "near")),
        (60, Limit(1.0, "near")),
        (61, Limit(1.0, "over")),
    ],
)
def test_a_limit_runs_comes_near_and_is_over(minutes: int, limit: Limit) -> None:
    due_at = START + timedelta(hours=1)
    assert limit_of(START, due_at, START + timedelta(minutes=minutes)) == limit


def test_no_limit_without_a_due_time() -> None:
    assert limit_of(START, None, START) is None


def test_a_limit_that_was_over_when_it_began() -> None:
    assert limit_of(START, START, START) == Limit(1.0, "near")
