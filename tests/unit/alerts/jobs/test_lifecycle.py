from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from alerts.jobs.lifecycle import TRANSITIONS, Act, Course, JobState, step
from core.errors import ConflictError, InvalidRequestError

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def course(*acts: Act) -> Course:
    """The course of acts that happen an hour after each other, from noon on."""
    result = Course()
    for number, act in enumerate(acts):
        result = step(result, act, NOON + number * HOUR)
    return result


def test_a_crew_comes_and_goes_before_the_office_closes() -> None:
    assert course(Act.OPEN, Act.CHECK_IN, Act.CHECK_OUT, Act.CLOSE) == Course(
        JobState.CLOSED, NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR
    )


def test_a_check_in_opens_a_planned_job() -> None:
    assert course(Act.CHECK_IN) == Course(JobState.OPEN, NOON, NOON)


def test_a_planned_job_is_called_off_without_ever_opening() -> None:
    assert course(Act.CLOSE) == Course(JobState.CLOSED, closed_at=NOON)


def test_every_state_and_act_is_allowed_or_a_conflict() -> None:
    allowed = {(source, row.act) for row in TRANSITIONS for source in row.sources}
    for state, act in product(JobState, Act):
        before = replace(Course(state), checked_in_at=NOON if act is Act.CHECK_OUT else None)
        if (state, act) in allowed:
            assert step(before, act, NOON).state in JobState
        else:
            with pytest.raises(ConflictError, match=state):
                step(before, act, NOON)


@pytest.mark.parametrize(
    ("acts", "once_more"),
    [
        ((Act.OPEN,), Act.OPEN),
        ((Act.CHECK_IN,), Act.CHECK_IN),
        ((Act.CHECK_IN, Act.CHECK_OUT), Act.CHECK_OUT),
        ((Act.CHECK_IN, Act.CHECK_OUT), Act.CHECK_IN),
        ((Act.OPEN,), Act.CHECK_OUT),
        ((Act.CLOSE,), Act.CLOSE),
    ],
)
def test_what_has_happened_or_cannot_yet(acts: tuple[Act, ...], once_more: Act) -> None:
    with pytest.raises(ConflictError):
        step(course(*acts), once_more, NOON + 9 * HOUR)


@pytest.mark.parametrize("acts", [(Act.OPEN,), (Act.CHECK_IN,), (Act.CHECK_IN, Act.CHECK_OUT)])
def test_nothing_happens_before_what_comes_first(acts: tuple[Act, ...]) -> None:
    before = course(*acts)
    last = NOON + (len(acts) - 1) * HOUR
    with pytest.raises(InvalidRequestError, match="earlier than"):
        step(before, Act.CLOSE, last - timedelta(microseconds=1))
    assert step(before, Act.CLOSE, last).closed_at == last
