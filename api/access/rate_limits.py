"""Allowances by caller: token buckets in this process's memory.

Several API processes each have their own: a caller that reaches all of them has as many times the
allowance. What is forgotten (more than _BUCKETS_MAX callers at once) starts full again.
"""

from collections import OrderedDict
from collections.abc import Hashable
from math import ceil
from threading import Lock
from typing import NamedTuple

from core.clock import Clock

_BUCKETS_MAX = 10_000
WINDOW_S = 60


class Allowance(NamedTuple):
    """What is left of ``per_minute``; ``wait_s``: until one more is allowed, 0 where it was."""

    per_minute: int
    left: int
    wait_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-10."""
        reset_s = ceil((self.per_minute - self.left) * WINDOW_S / self.per_minute)
        fields = {
            "RateLimit-Policy": f'"default";q={self.per_minute};w={WINDOW_S}',
            "RateLimit": f'"default";r={self.left};t={reset_s}',
        }
        return {**fields, "Retry-After": str(self.wait_s)} if self.wait_s else fields


class RateLimits:
    """Buckets by key; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable, per_minute: int) -> Allowance:
        """Take one from a bucket that holds and refills ``per_minute``; empty: nothing is taken."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            left, since_s = self._buckets.pop(key, (float(per_minute), now_s))
            left = min(per_minute, left + max(0.0, now_s - since_s) * per_minute / WINDOW_S)
            wait_s = ceil((1 - left) * WINDOW_S / per_minute) if left < 1 else 0
            left -= not wait_s
            self._buckets[key] = (left, now_s)
            if len(self._buckets) > _BUCKETS_MAX:
                self._buckets.popitem(last=False)
        return Allowance(per_minute, int(left), wait_s)
