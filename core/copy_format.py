"""PostgreSQL's binary COPY format for readings, written and read by numpy in one pass.

Source: PostgreSQL 17 manual, COPY, "Binary Format": signature, flags, extension length; per row
a field count and length-prefixed big-endian fields; int16 -1 as trailer. timestamptz is
microseconds since 2000-01-01 UTC.
"""

import numpy as np

from core.reading_batch import ReadingBatch

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH_2000_US = 946_684_800_000_000

_ROW = np.dtype(
    [
        ("field_count", ">i2"),
        ("measured_at_length", ">i4"), ("measured_at", ">i8"),
        ("device_id_length", ">i4"), ("device_id", ">i4"),
        ("metric_length", ">i4"), ("metric", ">i2"),
        ("value_length", ">i4"), ("value", ">f8"),
        ("quality_length", ">i4"), ("quality", ">i2"),
        ("received_at_length", ">i4"), ("received_at", ">i8"),
    ]
)  # fmt: skip
_FIELDS = ("measured_at", "device_id", "metric", "value", "quality", "received_at")


def encode_readings(batch: ReadingBatch) -> bytes:
    """Return the whole COPY stream of n readings, in the column order of the copy queries."""
    rows = np.zeros(len(batch), dtype=_ROW)
    rows["field_count"] = len(_FIELDS)
    for name in _FIELDS:
        rows[f"{name}_length"] = _ROW[name].itemsize
    rows["measured_at"] = batch.measured_at_us - _EPOCH_2000_US
    rows["device_id"] = batch.device_id
    rows["metric"] = batch.metric
    rows["value"] = batch.value
    rows["quality"] = batch.quality
    rows["received_at"] = batch.received_at_us - _EPOCH_2000_US
    return _HEADER + rows.tobytes() + _TRAILER


def decode_readings(stream: bytes | bytearray) -> ReadingBatch:
    """Return the rows of a whole COPY stream in the column order of the copy queries.

    Raises: ValueError: not such a stream, or a field is NULL.
    """
    if bytes(stream[: len(_HEADER)]) != _HEADER or bytes(stream[-len(_TRAILER) :]) != _TRAILER:
        raise ValueError("not a binary COPY stream")
    body = memoryview(stream)[len(_HEADER) : -len(_TRAILER)]
    if len(body) % _ROW.itemsize:
        raise ValueError("rows of another width: a field is NULL, or the columns are others")
    rows = np.frombuffer(body, dtype=_ROW)
    for name in _FIELDS:
        if (rows[f"{name}_length"] != _ROW[name].itemsize).any():
            raise ValueError(f"{name} has another width, or is NULL")
    return ReadingBatch(
        device_id=rows["device_id"].astype(np.int32),
        metric=rows["metric"].astype(np.int16),
        measured_at_us=rows["measured_at"].astype(np.int64) + _EPOCH_2000_US,
        value=rows["value"].astype(np.float64),
        quality=rows["quality"].astype(np.int16),
        received_at_us=rows["received_at"].astype(np.int64) + _EPOCH_2000_US,
    )
