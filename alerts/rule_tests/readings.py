"""The readings of a rule test as ingest would store them: quality, duplicates, cursors. Pure."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core.instant import DAY_US, SECOND_US
from core.plausibility import assess_batch
from core.reading import Quality
from core.reading_batch import ReadingBatch

#: The defaults of TRAPWATCH_INGEST__CLOCK_AHEAD_S_MAX and …__BACKFILL_DAYS_MAX.
CLOCK_AHEAD_US_MAX = 300 * SECOND_US
BACKFILL_US_MAX = 7 * DAY_US

SeriesKey = tuple[int, int]


class Arrival(NamedTuple):
    """A reading as it comes in now."""

    device_id: int
    metric: int
    measured_at_us: int
    value: float


@dataclass(slots=True)
class _Series:
    known: set[int] = field(default_factory=set)
    good: list[tuple[int, float]] = field(default_factory=list)
    cursor_us: int | None = None
    received_us: int = 0


class Readings:
    """What is stored of all series, and when devices were heard."""

    def __init__(self) -> None:
        self._series: dict[SeriesKey, _Series] = {}
        self._heard_us: dict[int, int] = {}

    def store(self, arrivals: Sequence[Arrival], now_us: int) -> ReadingBatch:
        """Store a batch; return what may drive machines, by time: new, good, not late."""
        batch = ReadingBatch.from_rows(
            [(*arrival, int(Quality.GOOD), now_us) for arrival in arrivals]
        )
        batch = replace(batch, quality=assess_batch(batch, CLOCK_AHEAD_US_MAX, BACKFILL_US_MAX))
        batch = batch.take(batch.measured_at_us.argsort(kind="stable"))
        is_live = batch.quality < 0
        cursors = {key: series.cursor_us for key, series in self._series.items()}
        for row in range(len(batch)):
            key = int(batch.device_id[row]), int(batch.metric[row])
            is_live[row] = self._take(batch, row, cursors.get(key), now_us)
        return batch.take(is_live)

    def trail(self, key: SeriesKey, before_us: int, length_us: int) -> list[tuple[int, float]]:
        """Return the good readings of a series in the time before an instant, oldest first."""
        if not length_us:
            return []
        good = self._series[key].good
        return good[bisect_left(good, (before_us - length_us,)) : bisect_left(good, (before_us,))]

    def received_us(self, device_id: int, metric: int) -> int:
        """Return when the last live reading of a series came (0: none did)."""
        series = self._series.get((device_id, metric))
        return 0 if series is None else series.received_us

    def heard_us(self, device_id: int) -> int:
        """Return when anything new came from a device (0: nothing did)."""
        return self._heard_us.get(device_id, 0)

    def _take(self, batch: ReadingBatch, row: int, cursor_us: int | None, now_us: int) -> bool:
        device_id, at_us = int(batch.device_id[row]), int(batch.measured_at_us[row])
        series = self._series.setdefault((device_id, int(batch.metric[row])), _Series())
        if at_us in series.known:
            return False
        series.known.add(at_us)
        self._heard_us[device_id] = now_us
        if batch.quality[row] != Quality.GOOD:
            return False
        insort(series.good, (at_us, float(batch.value[row])))
        if cursor_us is not None and at_us <= cursor_us:
            return False
        series.cursor_us = max(at_us, series.cursor_us or at_us)
        series.received_us = now_us
        return True
