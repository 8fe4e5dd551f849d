"""The only module that reads the time; everything else is given a Clock or an instant."""

import time
from datetime import datetime
from typing import Protocol

from core.instant import from_us


class Clock(Protocol):
    """A source of the present: wall time for stamps, monotonic time for waiting."""

    def now_us(self) -> int:
        """Return the wall time in microseconds since the epoch."""
        ...

    def now(self) -> datetime:
        """Return the wall time as an aware UTC datetime."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        """Return the wall time in microseconds since the epoch."""
        return time.time_ns() // 1000

    def now(self) -> datetime:
        """Return the wall time as an aware UTC datetime."""
        return from_us(self.now_us())

    def monotonic_s(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until told otherwise; for tests and replays."""

    def __init__(self, start_us: int) -> None:
        self._now_us = start_us

    def now_us(self) -> int:
        """Return the instant the clock was set to."""
        return self._now_us

    def now(self) -> datetime:
        """Return the instant the clock was set to, as an aware UTC datetime."""
        return from_us(self._now_us)

    def monotonic_s(self) -> float:
        """Return the same instant in seconds."""
        return self._now_us / 1_000_000

    def advance_s(self, seconds: float) -> None:
        """Move the clock by ``seconds`` (negative: a clock that is set back)."""
        self._now_us += round(seconds * 1_000_000)
