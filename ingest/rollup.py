"""Grouping of one batch's readings by series and by hour; pure numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.instant import HOUR_US
from core.reading_batch import ReadingBatch


@dataclass(frozen=True, slots=True)
class HourlyGroups:
    """Good readings of a batch by (device, metric, hour), ordered by that key; shape (g,)."""

    device_id: NDArray[np.int32]
    metric: NDArray[np.int16]
    hour_us: NDArray[np.int64]
    reading_count: NDArray[np.int64]
    value_sum: NDArray[np.float64]
    value_min: NDArray[np.float64]
    value_max: NDArray[np.float64]
    first_at_us: NDArray[np.int64]
    first_value: NDArray[np.float64]
    last_at_us: NDArray[np.int64]
    last_value: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeriesGroups:
    """What a batch says about each series it touches, ordered by (device, metric); shape (s,).

    ``measured_at_us`` and ``value`` are the newest good reading's (NaN and -1 where the batch
    has none), ``first_at_us`` the oldest good one's; the two received_at columns are -1 where
    nothing counts as a sign of life, or nothing good.
    """

    device_id: NDArray[np.int32]
    metric: NDArray[np.int16]
    first_at_us: NDArray[np.int64]
    measured_at_us: NDArray[np.int64]
    value: NDArray[np.float64]
    received_at_us: NDArray[np.int64]
    good_received_at_us: NDArray[np.int64]


def key_order(batch: ReadingBatch) -> NDArray[np.intp]:
    """Return the index that sorts a batch by (device, metric, measured_at), stably."""
    return np.lexsort((batch.measured_at_us, batch.metric, batch.device_id))


def same_key_as_before(batch: ReadingBatch) -> NDArray[np.bool_]:
    """Return, for a batch in key order, which rows repeat the key of the row before."""
    repeated = np.zeros(len(batch), dtype=np.bool_)
    repeated[1:] = (
        (batch.device_id[1:] == batch.device_id[:-1])
        & (batch.metric[1:] == batch.metric[:-1])
        & (batch.measured_at_us[1:] == batch.measured_at_us[:-1])
    )
    return repeated


def group_hourly(good: ReadingBatch) -> HourlyGroups:
    """Aggregate good readings, given in key order, by series and hour (UTC)."""
    hour_us = good.measured_at_us - good.measured_at_us % HOUR_US
    start = _run_starts(good.device_id, good.metric, hour_us)
    end = np.append(start[1:], len(good)) - 1
    value = good.value
    if not len(start):
        empty_i, empty_f = start.astype(np.int64), value[:0]
        return HourlyGroups(
            good.device_id, good.metric, empty_i, empty_i,
            empty_f, empty_f, empty_f, empty_i, empty_f, empty_i, empty_f,
        )  # fmt: skip
    return HourlyGroups(
        device_id=good.device_id[start],
        metric=good.metric[start],
        hour_us=hour_us[start],
        reading_count=(end - start + 1).astype(np.int64),
        value_sum=np.add.reduceat(value, start),
        value_min=np.minimum.reduceat(value, start),
        value_max=np.maximum.reduceat(value, start),
        first_at_us=good.measured_at_us[start],
        first_value=value[start],
        last_at_us=good.measured_at_us[end],
        last_value=value[end],
    )


def group_series(
    batch: ReadingBatch, good: NDArray[np.bool_], alive: NDArray[np.bool_]
) -> SeriesGroups:
    """Summarise a batch, given in key order, by series.

    ``good`` says which rows may move the cursor, ``alive`` which are a sign of life (a retained
    replay is not); both have the batch's length.
    """
    start = _run_starts(batch.device_id, batch.metric)
    count = len(start)
    group = np.zeros(len(batch), dtype=np.intp)
    group[start] = 1
    group = np.cumsum(group) - 1
    measured_at_us = np.full(count, -1, dtype=np.int64)
    first_at_us = np.full(count, -1, dtype=np.int64)
    value = np.full(count, np.nan)
    received_at_us = np.full(count, -1, dtype=np.int64)
    good_received_at_us = np.full(count, -1, dtype=np.int64)
    np.maximum.at(received_at_us, group[alive], batch.received_at_us[alive])
    np.maximum.at(good_received_at_us, group[good & alive], batch.received_at_us[good & alive])
    # Key order within a series is time order: forwards the last write wins, backwards the first.
    rows = np.flatnonzero(good)
    measured_at_us[group[rows]] = batch.measured_at_us[rows]
    value[group[rows]] = batch.value[rows]
    first_at_us[group[rows[::-1]]] = batch.measured_at_us[rows[::-1]]
    return SeriesGroups(
        batch.device_id[start], batch.metric[start], first_at_us, measured_at_us, value,
        received_at_us, good_received_at_us,
    )  # fmt: skip


def _run_starts(*columns: NDArray[np.generic]) -> NDArray[np.intp]:
    length = len(columns[0])
    changed = np.zeros(length, dtype=np.bool_)
    if length:
        changed[0] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changed)
