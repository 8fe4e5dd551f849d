"""What becomes of messages under way: lost, late, twice, with a wrong clock. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from core.reading import Quality
from core.reading_batch import ReadingBatch
from simulators.discharge import Ints
from simulators.observation import Rows
from simulators.physics import Bools
from simulators.plan.model import Plan
from simulators.uplinks import Messages, of_unit

_LOSS = (0.01, 0.05)
_TWICE_RATIO = 0.005
_TWICE_AFTER_US = 48 * SECOND_US
_DELAY_LOG_S, _DELAY_SIGMA = np.log(1.2), 0.6
_BACKFILL_US = 3 * MINUTE_US
_SKEWED_RATIO, _SKEW_S = 0.03, (60.0, 290.0)
_FORGETFUL_RATIO = 0.015
#: As in ingest's settings: stored, but never judged.
_AHEAD_US_MAX, _BEHIND_US_MAX = 5 * MINUTE_US, 30 * DAY_US


@dataclass(frozen=True, slots=True)
class Delivered:
    """What arrived: index of the message, device's clock, our clock; arrays of (k,)."""

    message: NDArray[np.intp]
    measured_us: Ints
    received_us: Ints


def deliver(plan: Plan, messages: Messages, rng: np.random.Generator) -> Delivered:
    """Return what arrives of messages (in order of unit and time), some of it twice."""
    count = len(messages)
    delay_s = rng.lognormal(_DELAY_LOG_S, _DELAY_SIGMA, count)
    received_us = messages.at_us + (delay_s * SECOND_US).astype(np.int64)
    loss = rng.uniform(*_LOSS, len(plan.fleet))
    lost: Bools = rng.random(count) < loss[messages.place]
    for span in plan.silences:
        own = of_unit(messages, span.place, span.start_us, span.end_us)
        if span.value == 0:
            lost[own] = True
            continue
        after_us = rng.integers(5 * SECOND_US, _BACKFILL_US, own.stop - own.start)
        received_us[own] = np.maximum(received_us[own], span.end_us + np.sort(after_us))
    measured_us = _clocks(plan, messages, rng)
    kept = np.flatnonzero(~lost)
    twice = kept[rng.random(len(kept)) < _TWICE_RATIO]
    message = np.concatenate([kept, twice])
    arrived_us = np.concatenate([received_us[kept], received_us[twice] + _TWICE_AFTER_US])
    return Delivered(message, measured_us[message], arrived_us)


def _clocks(plan: Plan, messages: Messages, rng: np.random.Generator) -> Ints:
    """Return what the units' clocks show; a few are off, a few forget the date for some hours."""
    count = len(plan.fleet)
    sign = rng.choice((-1, 1), count)
    skewed = rng.random(count) < _SKEWED_RATIO
    skew_us = np.where(skewed, sign * rng.uniform(*_SKEW_S, count) * SECOND_US, 0.0)
    measured_us: Ints = messages.at_us + skew_us.astype(np.int64)[messages.place]
    for place in np.flatnonzero(skewed).tolist():
        seconds = round(float(skew_us[place]) / SECOND_US)
        plan.label("clock_skew", place, plan.start_us, plan.end_us, "", skew_s=seconds)
    for place in np.flatnonzero(rng.random(count) < _FORGETFUL_RATIO).tolist():
        at_us = int(rng.integers(plan.start_us, plan.end_us - 6 * HOUR_US))
        to_us = at_us + int(rng.uniform(0.5, 6.0) * HOUR_US)
        own = of_unit(messages, place, at_us, to_us)
        measured_us[own] = messages.at_us[own] - at_us
        plan.label("clock_reset", place, at_us, to_us, "")
    return measured_us


def to_batch(rows: Rows, delivered: Delivered, messages: Messages) -> ReadingBatch:
    """Return the readings that arrived, in order of arrival; device ids are places + 1."""
    by_message = np.argsort(rows.message, kind="stable")
    first = np.searchsorted(rows.message[by_message], np.arange(len(messages) + 1))
    order = np.argsort(delivered.received_us, kind="stable")
    message = delivered.message[order]
    counts = first[message + 1] - first[message]
    nth = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    row = by_message[np.repeat(first[message], counts) + nth]
    measured_us = np.repeat(delivered.measured_us[order], counts)
    received_us = np.repeat(delivered.received_us[order], counts)
    quality = rows.quality[row]
    behind_us = received_us - measured_us
    wrong = (behind_us < -_AHEAD_US_MAX) | (behind_us > _BEHIND_US_MAX)
    quality[wrong & (quality == Quality.GOOD)] = Quality.BAD_CLOCK
    return ReadingBatch(
        device_id=np.repeat(messages.place[message] + 1, counts).astype(np.int32),
        metric=rows.metric[row],
        measured_at_us=measured_us,
        value=rows.value[row],
        quality=quality,
        received_at_us=received_us,
    )
