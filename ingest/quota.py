"""How much one sender may do within an hour or a day. Pure: the time is an argument."""

from collections.abc import Hashable


class Quota:
    """At most ``count_max`` a key in each fixed window of ``window_us``."""

    def __init__(self, count_max: int, window_us: int) -> None:
        self._count_max = count_max
        self._window_us = window_us
        self._window = -1
        self._taken: dict[Hashable, int] = {}

    def left(self, key: Hashable, now_us: int) -> int:
        """Return how much ``key`` may still take in the window of ``now_us``."""
        self._turn(now_us)
        return max(0, self._count_max - self._taken.get(key, 0))

    def take(self, key: Hashable, now_us: int, count: int = 1) -> None:
        """Count what ``key`` did."""
        self._turn(now_us)
        self._taken[key] = self._taken.get(key, 0) + count

    def _turn(self, now_us: int) -> None:
        window = now_us // self._window_us
        if window != self._window:
            self._window = window
            self._taken.clear()
