"""What the vendors' answers mean; all of these come with HTTP 200."""

import pytest

from alerts.webhooks.kinds import KINDS, ROBOTS, refusal_of
from alerts.webhooks.retry import Failure, FailureKind, Outcome, Response, judge

SCHEDULE = (5, 300, 1_800)


def judged(kind: str, body: bytes, status: int = 200, attempt: int = 1) -> tuple[Outcome, float]:
    """The outcome, and the seconds until the next attempt (-1: none)."""
    answer = Response(status, None, body, 7)
    verdict = judge(answer, attempt, SCHEDULE, 0.0, 0, refusal=refusal_of(kind, answer))
    next_us = verdict.next_attempt_at_us
    return verdict.outcome, -1 if next_us is None else next_us / 1_000_000


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("dingtalk", b'{"errcode":0,"errmsg":"ok"}'),
        ("wecom", b'{"errcode":0,"errmsg":"ok"}'),
        ("feishu", b'{"code":0,"msg":"success","data":{}}'),
        ("feishu", b'{"StatusCode":0,"StatusMessage":"success"}'),
        ("standard", b""),
        ("alertmanager", b"<html>"),
    ],
)
def test_a_yes_is_delivered(kind: str, body: bytes) -> None:
    assert judged(kind, body) == (Outcome.DELIVERED, -1)


@pytest.mark.parametrize(
    ("kind", "body", "wait_s"),
    [
        ("dingtalk", b'{"errcode":130101,"errmsg":"send too fast"}', 600),
        ("dingtalk", b'{"errcode":410100,"errmsg":"too fast"}', 600),
        ("wecom", b'{"errcode":45009,"errmsg":"api freq out of limit"}', 60),
        ("feishu", b'{"code":9499,"msg":"too many request"}', 60),
        ("feishu", b'{"code":11232,"msg":"frequency limited"}', 60),
        ("feishu", b'{"code":99991400,"msg":"request trigger frequency limit"}', 60),
    ],
)
def test_called_too_often_waits_for_the_vendor(kind: str, body: bytes, wait_s: float) -> None:
    assert judged(kind, body) == (Outcome.RETRY, wait_s)
    assert judged(kind, body, attempt=3) == (Outcome.RETRY, 1_800)  # the schedule is longer
    assert judged(kind, body, attempt=4)[0] is Outcome.DEAD
    refusal = refusal_of(kind, Response(200, None, body, 7))
    assert refusal is not None
    assert refusal.robot_wait_s == wait_s


@pytest.mark.parametrize(
    ("kind", "body", "named"),
    [
        ("dingtalk", b'{"errcode":310000,"errmsg":"keywords not in content"}', "keyword"),
        ("wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}', "no such key"),
        ("feishu", b'{"code":19021,"msg":"sign match fail"}', "sign"),
        ("feishu", b'{"code":19022,"msg":"Ip Not Allowed"}', "address"),
        ("feishu", b'{"code":19024,"msg":"Key Words Not Found"}', "keywords"),
        ("feishu", b'{"StatusCode":1,"StatusMessage":"odd"}', "odd"),
    ],
)
def test_a_broken_configuration_goes_by_the_schedule_and_says_why(
    kind: str, body: bytes, named: str
) -> None:
    assert judged(kind, body) == (Outcome.RETRY, 5)
    answer = Response(200, None, body, 7)
    verdict = judge(answer, 1, SCHEDULE, 0.0, 0, refusal=refusal_of(kind, answer))
    assert verdict.reason.startswith("HTTP 200: robot error ")
    assert named in verdict.reason


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>log in</html>", b"[]", b"{}", b'{"errcode":"0"}', b'{"errcode":false}', b"0",
     b'{"code":true}', b'{"code":null}', b'{"errcode":0'],
)  # fmt: skip
@pytest.mark.parametrize("kind", ROBOTS)
def test_what_is_no_answer_of_a_robot_is_a_failure(kind: str, body: bytes) -> None:
    assert judged(kind, body) == (Outcome.RETRY, 5)


def test_a_text_that_is_never_accepted_is_dead_at_once() -> None:
    body = b'{"errcode":430102,"errmsg":"unsuitable"}'
    assert judged("dingtalk", body) == (Outcome.DEAD, -1)


def test_a_status_that_is_no_2xx_needs_no_reading() -> None:
    assert refusal_of("dingtalk", Response(502, None, b'{"errcode":0}', 7)) is None
    assert judged("wecom", b'{"errcode":0}', status=502) == (Outcome.RETRY, 5)
    assert refusal_of("feishu", Failure(FailureKind.TIMEOUT, "", 7)) is None


def test_waits_and_deaths_are_of_different_codes() -> None:
    for kind in KINDS.values():
        if kind.codes is not None:
            assert not kind.codes.waits_s.keys() & kind.codes.final
