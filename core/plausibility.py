"""Plausibility: is a decoded number physically possible, and is the device's clock believable?

Pure numpy over a batch. Quality only ever gets worse here; what the device said about itself
(sensor fault, blind zone) is kept.
"""

import numpy as np
from numpy.typing import NDArray

from core.reading import Metric, Quality
from core.reading_batch import ReadingBatch

#: What each metric can physically be, both ends included. Traps are at most a few metres deep
#: (research: liquid depth <= 1,200 mm), LoRa and NB-IoT radios hear -150..0 dBm, SNR +-40 dB.
LIMITS: dict[Metric, tuple[float, float]] = {
    Metric.LEVEL_MM: (-200.0, 10_000.0),
    Metric.DISTANCE_MM: (0.0, 10_000.0),
    Metric.FLOW_LPS: (0.0, 100.0),
    Metric.VOLUME_L: (0.0, 1e12),
    Metric.COVER_OPEN: (0.0, 1.0),
    Metric.TILT_DEG: (0.0, 180.0),
    Metric.FOG_MM: (0.0, 5_000.0),
    Metric.SOLIDS_MM: (0.0, 5_000.0),
    Metric.TEMPERATURE_C: (-40.0, 100.0),
    Metric.BATTERY_PCT: (0.0, 100.0),
    Metric.BATTERY_V: (0.0, 60.0),
    Metric.RSSI_DBM: (-150.0, 0.0),
    Metric.SNR_DB: (-40.0, 40.0),
}

_LOW = np.full(max(Metric) + 1, -np.inf)
_HIGH = np.full(max(Metric) + 1, np.inf)
for _metric, (_low, _high) in LIMITS.items():
    _LOW[_metric], _HIGH[_metric] = _low, _high


def assess_batch(
    batch: ReadingBatch, clock_ahead_us_max: int, backfill_us_max: int
) -> NDArray[np.int16]:
    """Return the quality of each reading, shape (n,).

    Order of judgement: the device's own fault, then the clock (measured_at more than
    ``clock_ahead_us_max`` ahead of received_at, or more than ``backfill_us_max`` behind it), then
    the value's limits.
    """
    quality = batch.quality.copy()
    good = quality == Quality.GOOD
    ahead_us = batch.measured_at_us - batch.received_at_us
    bad_clock = (ahead_us > clock_ahead_us_max) | (ahead_us < -backfill_us_max)
    possible = (batch.value >= _LOW[batch.metric]) & (batch.value <= _HIGH[batch.metric])
    possible &= (batch.metric != Metric.COVER_OPEN) | (batch.value == np.rint(batch.value))
    quality[good & ~possible] = Quality.BAD_VALUE
    quality[good & bad_clock] = Quality.BAD_CLOCK
    return quality
