"""Sparkplug B payloads, written byte by byte. Pure.

Source: eclipse-tahu, sparkplug_b.proto (field numbers), Protocol Buffers encoding (wire types);
Sparkplug 3.0, chapters 4 and 6.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from core.reading import Metric, Reading

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
INT8, INT16, INT32, INT64, UINT32, FLOAT, DOUBLE, BOOLEAN, STRING = 1, 2, 3, 4, 7, 9, 10, 11, 12
_BITS = {INT8: 32, INT16: 32, INT32: 32, INT64: 64}


class Sent(NamedTuple):
    """One metric to send; ``name`` or ``alias`` (or both, in a birth)."""

    value: float | bool | str | None
    datatype: int = DOUBLE
    name: str | None = None
    alias: int | None = None
    timestamp_ms: int | None = None
    unit: str = ""
    is_transient: bool = False
    tells_datatype: bool = True


def topic(group: str, kind: str, edge: str, device: str | None = None) -> str:
    """Return where a message belongs: ``spBv1.0/group/kind/edge[/device]``."""
    return "/".join(["spBv1.0", group, kind, edge, *([device] if device else [])])


def payload(metrics: Iterable[Sent], timestamp_ms: int, seq: int | None) -> bytes:
    """Return a payload; deaths have no ``seq``."""
    parts = [_number(1, timestamp_ms)] + [_field(2, _metric(metric)) for metric in metrics]
    if seq is not None:
        parts.append(_number(3, seq))
    return b"".join(parts)


def birth(metrics: Iterable[Sent], timestamp_ms: int, seq: int, bd_seq: int | None) -> bytes:
    """Return a birth; an edge node's (``bd_seq`` given) also offers the rebirth command."""
    own = []
    if bd_seq is not None:
        own = [
            Sent(bd_seq, INT64, "bdSeq"),
            Sent(False, BOOLEAN, "Node Control/Rebirth"),
        ]
    return payload([*own, *metrics], timestamp_ms, seq)


def node_death(timestamp_ms: int, bd_seq: int) -> bytes:
    """Return an edge node's death certificate, its Will."""
    return payload([Sent(bd_seq, INT64, "bdSeq")], timestamp_ms, None)


def sent_reading(reading: Reading, alias: int | None = None) -> Sent:
    """Return a reading as a metric under our own name, at its own time (whole milliseconds)."""
    is_cover = reading.metric is Metric.COVER_OPEN
    return Sent(
        bool(reading.value) if is_cover else reading.value,
        BOOLEAN if is_cover else DOUBLE,
        f"trap/{reading.metric.label}",
        alias,
        reading.measured_at_us // 1_000,
    )


def _metric(metric: Sent) -> bytes:
    parts = []
    if metric.name is not None:
        parts.append(_field(1, metric.name.encode()))
    if metric.alias is not None:
        parts.append(_number(2, metric.alias))
    if metric.timestamp_ms is not None:
        parts.append(_number(3, metric.timestamp_ms))
    if metric.tells_datatype:
        parts.append(_number(4, metric.datatype))
    if metric.is_transient:
        parts.append(_number(6, 1))
    if metric.unit:
        value = _number(1, STRING) + _field(8, metric.unit.encode())
        parts.append(_field(9, _field(1, b"engUnit") + _field(2, value)))
    parts.append(_value(metric))
    return b"".join(parts)


def _value(metric: Sent) -> bytes:
    value, datatype = metric.value, metric.datatype
    if value is None:
        return _number(7, 1)
    if datatype == DOUBLE:
        return _tag(13, _FIXED64) + struct.pack("<d", value)
    if datatype == FLOAT:
        return _tag(12, _FIXED32) + struct.pack("<f", value)
    if datatype == BOOLEAN:
        return _number(14, int(value))
    if datatype == STRING:
        return _field(15, str(value).encode())
    bits = _BITS.get(datatype, 32)
    return _number(11 if datatype == INT64 else 10, int(value) % (1 << bits))


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _number(number: int, value: int) -> bytes:
    return _tag(number, _VARINT) + _varint(value)


def _field(number: int, value: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
