"""What a payload means, without broker, register or database: for `trapwatch decode` and tests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.instant import format_rfc3339
from core.plausibility import assess_batch
from core.reading import METRIC_LABEL, Quality, Reading
from core.reading_batch import ReadingBatch
from ingest.codecs import CODECS
from ingest.topics import Route


@dataclass(frozen=True, slots=True)
class ClockLimits:
    """How far measured_at may be ahead of, and behind, received_at."""

    ahead_us_max: int
    backfill_us_max: int


def inspect(
    route: Route, payload: bytes, received_at_us: int, limits: ClockLimits
) -> list[dict[str, object]]:
    """Return one JSON-ready object a reading: device, metric, value, measured_at, quality.

    ``value`` is None where the device sent no number. A presence is an object with ``online`` and
    its ``gateway`` or ``device``.

    Raises: DecodeError; KeyError: no such codec.
    """
    readings, presences = CODECS[route.codec](payload, received_at_us, route)
    quality = assess_batch(
        _as_batch(readings, received_at_us), limits.ahead_us_max, limits.backfill_us_max
    )
    found: list[dict[str, object]] = [
        {
            "device": reading.device_uid,
            "metric": METRIC_LABEL[reading.metric],
            "value": None if math.isnan(reading.value) else reading.value,
            "measured_at": format_rfc3339(reading.measured_at_us),
            "quality": Quality(verdict).label,
        }
        for reading, verdict in zip(readings, quality.tolist(), strict=True)
    ]
    found += [
        {presence.party.value: presence.uid, "online": presence.online} for presence in presences
    ]
    return found


def _as_batch(readings: Sequence[Reading], received_at_us: int) -> ReadingBatch:
    return ReadingBatch.from_rows(
        [(0, r.metric, r.measured_at_us, r.value, r.quality, received_at_us) for r in readings]
    )
