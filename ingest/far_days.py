"""Readings whose clock is wildly wrong may not litter the store with partitions.

The hypertable has a partition a day. A device with a random clock would make one with every
message, so what one gateway may store far outside the accepted range is bounded; the rest is
rejected with its bytes, and can be replayed. Pure.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.instant import DAY_US
from core.reading import Quality
from core.reading_batch import ReadingBatch
from ingest.decoding import Message
from ingest.delivery import Rejection


class FarDays:
    """Distinct days with a bad clock that each gateway has stored readings in, today."""

    def __init__(self, days_max: int) -> None:
        self._days_max = days_max
        self._today = -1
        self._days: dict[str, set[int]] = {}

    def refuse(
        self, messages: Sequence[Message], batch: ReadingBatch, owner: NDArray[np.intp]
    ) -> dict[int, Rejection]:
        """Return the messages (by index) of which a reading falls on a day too many.

        A bad clock within a day of our own makes no partition that would not come anyway.
        """
        days_off = batch.measured_at_us // DAY_US - batch.received_at_us // DAY_US
        far = (batch.quality == Quality.BAD_CLOCK) & (np.abs(days_off) > 1)
        refused: dict[int, Rejection] = {}
        for row in np.flatnonzero(far).tolist():
            message = messages[int(owner[row])]
            gateway_uid = message.gateway_uid or ""
            day = int(batch.measured_at_us[row] // DAY_US)
            if not self._admits(gateway_uid, day, int(batch.received_at_us[row] // DAY_US)):
                refused[int(owner[row])] = Rejection(
                    message.delivery, message.gateway_uid, message.codec, "bad_clock_limit",
                    f"the clock is {int(days_off[row])} days off, and its gateway has stored "
                    f"readings on {self._days_max} such days already today",
                )  # fmt: skip
        return refused

    def _admits(self, gateway_uid: str, day: int, today: int) -> bool:
        if today > self._today:
            self._today = today
            self._days.clear()
        days = self._days.setdefault(gateway_uid, set())
        if day not in days and len(days) >= self._days_max:
            return False
        days.add(day)
        return True
