"""Which traps are free when: keeps faults of one trap apart. Pure."""

from collections import defaultdict

import numpy as np

from core.instant import DAY_US

#: Between two faults of one trap.
GAP_US = 2 * DAY_US
_TRIES = 60


class Timetable:
    """The busy spans of n traps between ``start_us`` and ``end_us``."""

    def __init__(self, count: int, start_us: int, end_us: int, rng: np.random.Generator) -> None:
        self._count = count
        self._start_us = start_us
        self._end_us = end_us
        self._rng = rng
        self._busy: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

    @property
    def span_us(self) -> tuple[int, int]:
        """The period that faults may fall into."""
        return self._start_us, self._end_us

    def is_free(self, place: int, from_us: int, to_us: int) -> bool:
        """Return whether a trap has no fault near a span that lies in the period."""
        if from_us < self._start_us or to_us > self._end_us:
            return False
        return all(to_us + GAP_US <= a or b + GAP_US <= from_us for a, b in self._busy[place])

    def take(self, place: int, from_us: int, to_us: int) -> None:
        """Make a trap busy."""
        self._busy[place].append((from_us, to_us))

    def draw(self, length_us: int, eligible: list[int]) -> tuple[int, int] | None:
        """Return (trap, start) of a free span and take it; None if none was found."""
        room_us = self._end_us - self._start_us - length_us
        if room_us <= 0 or not eligible:
            return None
        for _ in range(_TRIES):
            place = eligible[int(self._rng.integers(len(eligible)))]
            start_us = self._start_us + int(self._rng.integers(room_us))
            if self.is_free(place, start_us, start_us + length_us):
                self.take(place, start_us, start_us + length_us)
                return place, start_us
        return None
