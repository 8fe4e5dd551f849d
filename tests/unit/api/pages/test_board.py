from datetime import UTC, datetime, timedelta

import pytest

from api.pages.board import Limit, limit_of
from api.pages.store import QueueEntry

START = datetime(2026, 1, 5, 1, tzinfo=UTC)


def entry(due_at: datetime | None) -> QueueEntry:
    nothing = dict.fromkeys(QueueEntry._fields)
    return QueueEntry(**{**nothing, "clock_started_at": START, "clock_due_at": due_at})


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
    assert limit_of(entry(due_at), START + timedelta(minutes=minutes)) == limit


def test_no_limit_without_a_due_time() -> None:
    assert limit_of(entry(None), START) is None


def test_a_limit_that_was_over_when_it_began() -> None:
    assert limit_of(entry(START), START) == Limit(1.0, "near")
