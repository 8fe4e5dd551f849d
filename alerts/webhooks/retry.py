"""What an answer to a webhook means: delivered, try again and when, give up, or never call again.

Pure, and the only place that decides it. The schedule is data (``webhooks.retry_delays_s``);
the present and the jitter are arguments.

=======================  =============================================================
answer                   meaning
=======================  =============================================================
2xx                      delivered, unless its body is a robot's refusal (``kinds.reply``)
410                      dead, and the endpoint is disabled (Standard Webhooks: "gone")
3xx                      failure; never followed (it could lead into our own network)
429, 503 + Retry-After   failure; next attempt not before the time the receiver asked for
429, 502, 504, time-out  failure; next attempt not before a floor
every other status       failure
no answer                failure: refused, reset, not HTTP, an address that is not allowed
=======================  =============================================================

After 429, 502, 504, whatever came with a Retry-After, and a robot's refusal that asks for time the
whole endpoint is left alone for that time (Standard Webhooks: "throttle"), not only this delivery.

A failure is tried again by the schedule and is dead once that is used up. Other 4xx are failures
like 5xx, not immediate deaths: Standard Webhooks calls only 2xx a success and gives only 410 a
final meaning, and in practice 401, 403, 404 and 413 are a receiver's broken deployment or proxy
for an hour, after which an alert that was dropped at once would be missed. Svix does the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import assert_never

from core.instant import SECOND_US, to_us

#: A receiver cannot park a delivery for longer than this by Retry-After.
RETRY_AFTER_S_MAX = 86_400

_GONE = 410
_MAY_ASK_FOR_TIME = frozenset({429, 503})
#: Standard Webhooks, "Delivery success": the receiver or its proxy has too much to do.
_OVERLOADED = frozenset({429, 502, 504})


class FailureKind(StrEnum):
    """Why there was no answer."""

    UNRESOLVED = "unresolved"  # the host name has no address
    BLOCKED = "blocked"  # an address of the host is not one we may send to
    REFUSED = "refused"  # no connection: refused, unreachable
    TLS = "tls"  # the certificate or the handshake was not acceptable
    TIMEOUT = "timeout"  # connection, request or answer took too long, all together
    BROKEN = "broken"  # the connection broke, or what came back is not HTTP
    UNSENDABLE = "unsendable"  # nothing was sent: the URL or the secret is unusable


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever it says. ``body`` holds its first 2 kB."""

    status: int
    retry_after: str | None
    body: bytes
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer; ``detail`` is for people."""

    kind: FailureKind
    detail: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no within an answer of 2xx, as chat robots say it.

    ``robot_wait_s``: how long the robot is to be left alone; ``is_final``: asking again is no use.
    """

    reason: str
    robot_wait_s: float = 0.0
    is_final: bool = False


class Outcome(StrEnum):
    """What becomes of a delivery after an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"
    DISABLE = "disable"  # dead, and the endpoint takes nothing any more


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one attempt; ``next_attempt_at_us`` is set exactly for RETRY.

    Until ``throttled_until_us`` (None: no such time) nothing else goes to the endpoint either.
    """

    outcome: Outcome
    next_attempt_at_us: int | None
    reason: str
    throttled_until_us: int | None = None


def judge(
    answer: Response | Failure,
    attempt: int,
    schedule: Sequence[int],
    jitter_ratio: float,
    now_us: int,
    *,
    floor_s: float = 0.0,
    refusal: Refusal | None = None,
) -> Verdict:
    """Decide about a delivery after its ``attempt``-th attempt (from 1; a replay starts again).

    ``schedule`` holds the waits in seconds after the 1st, 2nd, … failure. ``jitter_ratio`` (0 or
    more, freshly drawn) stretches the wait, so that a receiver that comes back is not met by
    everything at once; it never shortens what the schedule or the receiver asked for. ``floor_s``
    is the shortest wait after a time-out or where the receiver has too much to do. ``refusal`` is
    what the body of a 2xx answer says against its status.
    """
    reason = _reason(answer)
    if refusal is not None:
        reason = f"{reason}: {refusal.reason}"
        if refusal.is_final:
            return Verdict(Outcome.DEAD, None, f"{reason}: never accepted")
    elif isinstance(answer, Response):
        if 200 <= answer.status <= 299:
            return Verdict(Outcome.DELIVERED, None, reason)
        if answer.status == _GONE:
            return Verdict(Outcome.DISABLE, None, f"{reason}: endpoint disabled")
    asked_s = _asked_wait_s(answer, now_us) if refusal is None else refusal.robot_wait_s
    least_s = max(asked_s, floor_s) if _is_overloaded(answer) else asked_s
    throttled_until_us = now_us + round(least_s * SECOND_US) if least_s else None
    if attempt > len(schedule):
        reason = f"{reason}: attempt {attempt} was the last"
        return Verdict(Outcome.DEAD, None, reason, throttled_until_us)
    if isinstance(answer, Failure) and answer.kind is FailureKind.TIMEOUT:
        least_s = floor_s
    wait_us = round(max(schedule[attempt - 1], least_s) * SECOND_US * (1 + jitter_ratio))
    return Verdict(Outcome.RETRY, now_us + wait_us, reason, throttled_until_us)


def parse_retry_after(value: str, now_us: int) -> float:
    """Return the seconds a ``Retry-After`` header asks for, between 0 and a day.

    RFC 9110 section 10.2.3: whole seconds or an HTTP date. Anything else counts as 0.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        # Cut before int(): Python refuses to convert thousands of digits.
        return float(min(int(text[:9]), RETRY_AFTER_S_MAX))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError, TypeError):  # it has raised each of them
        return 0.0
    if moment.tzinfo is None:  # "-0000": UTC without a statement about the place
        moment = moment.replace(tzinfo=UTC)
    return min(max((to_us(moment) - now_us) / SECOND_US, 0.0), float(RETRY_AFTER_S_MAX))


def _asked_wait_s(answer: Response | Failure, now_us: int) -> float:
    match answer:
        case Failure():
            return 0.0
        case Response(status=status, retry_after=str(value)) if status in _MAY_ASK_FOR_TIME:
            return parse_retry_after(value, now_us)
        case Response():
            return 0.0
        case _:
            assert_never(answer)


def _is_overloaded(answer: Response | Failure) -> bool:
    return isinstance(answer, Response) and answer.status in _OVERLOADED


def _reason(answer: Response | Failure) -> str:
    if isinstance(answer, Failure):
        return f"{answer.kind}: {answer.detail}"
    if 300 <= answer.status <= 399:
        return f"HTTP {answer.status}: redirects are not followed"
    return f"HTTP {answer.status}"
