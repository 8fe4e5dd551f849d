"""The exact text of sealed readings, and of the line that is a segment's leaf. Pure.

A segment is CSV (RFC 4180 without quotes, lines end in LF): metric, measured_at, value, quality,
received_at. Instants are RFC 3339 in UTC with exactly six decimals; a value is the shortest decimal
that reads back as the same double (Python's repr), empty where the device sent no number. Rows are
in the order of metric number, then measured_at.
"""

import zlib
from collections.abc import Iterator
from datetime import date
from math import isnan

import numpy as np
import rfc8785
from numpy.typing import NDArray

from core.reading import METRIC_LABEL, Quality
from core.reading_batch import ReadingBatch

HEADER = "metric,measured_at,value,quality,received_at\n"
#: RFC 1952 header without a name or time; the level is a constant: the same rows, the same bytes.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LEVEL = 6
_QUALITY_LABEL = {int(quality): quality.label for quality in Quality}


def split_devices(readings: ReadingBatch) -> Iterator[tuple[int, ReadingBatch]]:
    """Yield (device number, its readings in the segment's order) by device number."""
    if not len(readings):
        return
    order = np.lexsort((readings.measured_at_us, readings.metric, readings.device_id))
    ordered = readings.take(order)
    starts = np.flatnonzero(np.diff(ordered.device_id, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        yield int(ordered.device_id[start]), ordered.take(np.arange(start, end))


def csv_of(readings: ReadingBatch) -> str:
    """Return the text of one device's readings, which are in the segment's order."""
    rows = zip(
        readings.metric.tolist(),
        _instants(readings.measured_at_us),
        readings.value.tolist(),
        readings.quality.tolist(),
        _instants(readings.received_at_us),
        strict=True,
    )
    return HEADER + "".join(
        f"{METRIC_LABEL[metric]},{measured}Z,{'' if isnan(value) else repr(value)},"
        f"{_QUALITY_LABEL[quality]},{received}Z\n"
        for metric, measured, value, quality, received in rows
    )


def compress(text: str) -> bytes:
    """Return a text as a gzip file without a time."""
    content = text.encode()
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    trailer = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    return _GZIP_HEADER + body + trailer


def segment_line(
    *, device: str, day: date, version: int, sha256: str, byte_count: int, row_count: int
) -> bytes:
    """Return the canonical bytes of a segment's leaf under its seal."""
    return rfc8785.dumps(
        {
            "device": device,
            "day": day.isoformat(),
            "version": version,
            "sha256": sha256,
            "byte_count": byte_count,
            "row_count": row_count,
        }
    )


def _instants(instant_us: NDArray[np.int64]) -> list[str]:
    texts: list[str] = np.datetime_as_string(instant_us.astype("datetime64[us]")).tolist()
    return texts
