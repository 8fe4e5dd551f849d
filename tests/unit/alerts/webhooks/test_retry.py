import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.webhooks.retry import (
    RETRY_AFTER_S_MAX,
    Failure,
    FailureKind,
    Outcome,
    Response,
    judge,
    parse_retry_after,
)
from core.instant import SECOND_US

#: 2026-01-05 01:00:00 UTC, a Monday.
NOW_US = 1_767_574_800_000_000
SCHEDULE = (5, 300, 1_800)


def response(status: int, retry_after: str | None = None) -> Response:
    return Response(status, retry_after, b"", 12)


def failure(kind: FailureKind) -> Failure:
    return Failure(kind, "why", 12)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_2xx_is_delivered(status: int) -> None:
    verdict = judge(response(status), 1, SCHEDULE, 0.0, NOW_US)
    assert verdict.outcome is Outcome.DELIVERED
    assert verdict.next_attempt_at_us is None


@pytest.mark.parametrize("attempt", [1, 4])
def test_410_ends_the_endpoint_whatever_the_attempt(attempt: int) -> None:
    verdict = judge(response(410), attempt, SCHEDULE, 0.0, NOW_US)
    assert verdict.outcome is Outcome.DISABLE
    assert verdict.next_attempt_at_us is None


@pytest.mark.parametrize(
    "status",
    [
        *(100, 199, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 408, 409, 411, 413, 418),
        *(422, 425, 429, 499, 500, 501, 502, 503, 504, 507, 520, 599, 600, 999),
    ],
)
def test_every_other_status_is_tried_again_by_the_schedule(status: int) -> None:
    verdict = judge(response(status), 1, SCHEDULE, 0.0, NOW_US)
    assert verdict.outcome is Outcome.RETRY
    assert verdict.next_attempt_at_us == NOW_US + 5 * SECOND_US
    assert str(status) in verdict.reason


@pytest.mark.parametrize("kind", list(FailureKind))
def test_no_answer_is_tried_again_by_the_schedule(kind: FailureKind) -> None:
    verdict = judge(failure(kind), 1, SCHEDULE, 0.0, NOW_US)
    assert verdict.outcome is Outcome.RETRY
    assert verdict.next_attempt_at_us == NOW_US + 5 * SECOND_US
    assert verdict.reason == f"{kind}: why"


def test_the_reason_of_a_redirect_says_that_it_is_not_followed() -> None:
    assert "not followed" in judge(response(302), 1, SCHEDULE, 0.0, NOW_US).reason


@pytest.mark.parametrize(
    ("attempt", "wait_s"), [(1, 5), (2, 300), (3, 1_800), (4, None), (5, None), (99, None)]
)
def test_the_schedule_is_followed_then_the_delivery_is_dead(
    attempt: int, wait_s: int | None
) -> None:
    verdict = judge(response(500), attempt, SCHEDULE, 0.0, NOW_US)
    if wait_s is None:
        assert verdict.outcome is Outcome.DEAD
        assert verdict.next_attempt_at_us is None
        assert "was the last" in verdict.reason
    else:
        assert verdict.outcome is Outcome.RETRY
        assert verdict.next_attempt_at_us == NOW_US + wait_s * SECOND_US


@pytest.mark.parametrize(
    ("answer", "attempt", "wait_s", "throttled_s"),
    [
        (response(429), 1, 30, 30),
        (response(502), 1, 30, 30),
        (response(504), 1, 30, 30),
        (response(504), 2, 300, 30),  # the schedule asks for more; the endpoint is not held for it
        (response(429, "7"), 1, 30, 30),
        (response(429, "600"), 1, 600, 600),
        (response(503, "600"), 1, 600, 600),
        (response(503), 1, 5, None),
        (response(500), 1, 5, None),
        (failure(FailureKind.TIMEOUT), 1, 30, None),
        (failure(FailureKind.TIMEOUT), 2, 300, None),
        (failure(FailureKind.REFUSED), 1, 5, None),
    ],
)
def test_who_has_too_much_to_do_is_left_alone_for_a_while(
    answer: Response | Failure, attempt: int, wait_s: int, throttled_s: int | None
) -> None:
    verdict = judge(answer, attempt, SCHEDULE, 0.0, NOW_US, floor_s=30)
    assert verdict.next_attempt_at_us == NOW_US + wait_s * SECOND_US
    until_us = None if throttled_s is None else NOW_US + throttled_s * SECOND_US
    assert verdict.throttled_until_us == until_us


def test_the_last_failure_throttles_as_well() -> None:
    verdict = judge(response(429, "60"), 4, SCHEDULE, 0.0, NOW_US, floor_s=30)
    assert verdict.outcome is Outcome.DEAD
    assert verdict.throttled_until_us == NOW_US + 60 * SECOND_US


def test_an_empty_schedule_means_one_attempt() -> None:
    assert judge(response(500), 1, (), 0.0, NOW_US).outcome is Outcome.DEAD


def test_jitter_stretches_the_wait() -> None:
    verdict = judge(response(500), 2, SCHEDULE, 0.2, NOW_US)
    assert verdict.next_attempt_at_us == NOW_US + 360 * SECOND_US


@pytest.mark.parametrize(
    ("status", "retry_after", "attempt", "wait_s"),
    [
        (429, "60", 1, 60),  # longer than the schedule: the receiver's word counts
        (503, "60", 1, 60),
        (429, "60", 2, 300),  # shorter: the schedule is no less patient for it
        (429, "0", 1, 5),
        (429, None, 1, 5),
        (503, "Mon, 05 Jan 2026 01:02:00 GMT", 1, 120),
        (503, "Mon, 05 Jan 2026 00:00:00 GMT", 1, 5),
        (429, "999999999999", 1, RETRY_AFTER_S_MAX),
        (429, "Fri, 31 Dec 9999 23:59:59 GMT", 1, RETRY_AFTER_S_MAX),
        (429, "soon", 1, 5),
        (429, "-30", 1, 5),
        (500, "60", 1, 5),  # only 429 and 503 carry a wish
        (404, "60", 1, 5),
    ],
)
def test_retry_after_is_honoured_within_bounds(
    status: int, retry_after: str | None, attempt: int, wait_s: int
) -> None:
    verdict = judge(response(status, retry_after), attempt, SCHEDULE, 0.0, NOW_US)
    assert verdict.outcome is Outcome.RETRY
    assert verdict.next_attempt_at_us == NOW_US + wait_s * SECOND_US


def test_retry_after_does_not_prolong_an_exhausted_schedule() -> None:
    assert judge(response(429, "60"), 4, SCHEDULE, 0.0, NOW_US).outcome is Outcome.DEAD


@given(st.text(max_size=60) | st.from_regex(r"\d{1,5000}", fullmatch=True))
def test_any_retry_after_is_between_nothing_and_a_day(value: str) -> None:
    assert 0 <= parse_retry_after(value, NOW_US) <= RETRY_AFTER_S_MAX


@given(
    status=st.integers(100, 999),
    retry_after=st.none() | st.text(max_size=30) | st.integers(0, 10**9).map(str),
    attempt=st.integers(1, 20),
    jitter=st.floats(0, 1),
)
def test_a_retry_is_never_before_the_schedule_and_exactly_retries_have_a_time(
    status: int, retry_after: str | None, attempt: int, jitter: float
) -> None:
    verdict = judge(response(status, retry_after), attempt, SCHEDULE, jitter, NOW_US)
    if verdict.outcome is Outcome.RETRY:
        assert verdict.next_attempt_at_us is not None
        wait_us = verdict.next_attempt_at_us - NOW_US
        assert SCHEDULE[attempt - 1] * SECOND_US <= wait_us <= 2 * RETRY_AFTER_S_MAX * SECOND_US
    else:
        assert verdict.next_attempt_at_us is None
