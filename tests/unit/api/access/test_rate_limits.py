from api.access import rate_limits
from api.access.rate_limits import RateLimits
from core.clock import ManualClock


def test_a_minutes_worth_may_come_at_once_and_refills_evenly() -> None:
    clock = ManualClock(0)
    limits = RateLimits(clock)
    assert [limits.take("a", 3).left for _ in range(3)] == [2, 1, 0]
    refused = limits.take("a", 3)
    assert (refused.left, refused.wait_s) == (0, 20)
    assert refused.headers["Retry-After"] == "20"
    clock.advance_s(20)
    assert limits.take("a", 3).wait_s == 0
    assert limits.take("a", 3).wait_s == 20
    clock.advance_s(3_600)
    assert limits.take("a", 3).left == 2


def test_callers_do_not_take_from_each_other() -> None:
    limits = RateLimits(ManualClock(0))
    limits.take("a", 1)
    assert limits.take("a", 1).wait_s
    assert not limits.take("b", 1).wait_s


def test_the_headers_say_what_is_left() -> None:
    allowance = RateLimits(ManualClock(0)).take("a", 60)
    assert allowance.headers == {
        "RateLimit-Policy": '"default";q=60;w=60',
        "RateLimit": '"default";r=59;t=1',
    }


def test_memory_is_bounded() -> None:
    limits = RateLimits(ManualClock(0))
    limits.take("first", 1)
    for number in range(rate_limits._BUCKETS_MAX):
        limits.take(number, 1)
    assert not limits.take("first", 1).wait_s
