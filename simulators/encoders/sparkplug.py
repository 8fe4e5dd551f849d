"""Sparkplug B messages (Eclipse Sparkplug 3.0, chapters 4 and 6; sparkplug_b.proto of Tahu). Pure.

Written to the wire by hand, by the Protocol Buffers encoding, so that no descriptor is shared with
the decoder.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from core.instant import SECOND_US

NodeKind = Literal["NBIRTH", "NDATA", "NDEATH", "NCMD"]
DeviceKind = Literal["DBIRTH", "DDATA", "DDEATH", "DCMD"]

_MS_US = SECOND_US // 1_000
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
#: Sparkplug datatype -> (bits of two's complement, number of the metric's field).
_INTEGERS = {
    "Int8": (8, 10), "Int16": (16, 10), "Int32": (32, 10), "Int64": (64, 11),
    "UInt8": (8, 10), "UInt16": (16, 10), "UInt32": (32, 10), "UInt64": (64, 11),
    "DateTime": (64, 11),
}  # fmt: skip
_DATATYPES = {
    "Int8": 1, "Int16": 2, "Int32": 3, "Int64": 4, "UInt8": 5, "UInt16": 6, "UInt32": 7,
    "UInt64": 8, "Float": 9, "Double": 10, "Boolean": 11, "String": 12, "DateTime": 13,
}  # fmt: skip
_STRING = 12


class SparkplugMetric(NamedTuple):
    """One metric; ``value`` None is null, an empty ``name`` means that only the alias is sent."""

    name: str
    datatype: str
    value: float | str | None
    at_us: int | None = None
    alias: int | None = None
    unit: str = ""
    quality_code: int | None = None
    is_historical: bool = False
    is_transient: bool = False
    states_datatype: bool = True


def sparkplug_node_topic(group: str, edge: str, kind: NodeKind) -> str:
    """Return a topic of an edge node."""
    return f"spBv1.0/{group}/{kind}/{edge}"


def sparkplug_device_topic(group: str, edge: str, device: str, kind: DeviceKind) -> str:
    """Return a topic of a device behind an edge node."""
    return f"spBv1.0/{group}/{kind}/{edge}/{device}"


def sparkplug_payload(
    metrics: Iterable[SparkplugMetric], *, at_us: int | None = None, seq: int | None = None
) -> bytes:
    """Return one payload; ``at_us`` is when it is published, written in milliseconds."""
    parts = [] if at_us is None else [_integer_field(1, at_us // _MS_US)]
    parts += [_bytes_field(2, _metric(metric)) for metric in metrics]
    if seq is not None:
        parts.append(_integer_field(3, seq))
    return b"".join(parts)


def sparkplug_nbirth(
    metrics: Sequence[SparkplugMetric], *, at_us: int, bd_seq: int, seq: int = 0
) -> bytes:
    """Return an edge node's birth: bdSeq, the rebirth control, and what it measures."""
    controls = [
        SparkplugMetric("bdSeq", "Int64", bd_seq, at_us),
        SparkplugMetric("Node Control/Rebirth", "Boolean", False, at_us),
    ]
    return sparkplug_payload([*controls, *metrics], at_us=at_us, seq=seq)


def sparkplug_ndeath(bd_seq: int, *, at_us: int | None = None) -> bytes:
    """Return the Will of the connection whose birth has the same bdSeq; it has no seq."""
    return sparkplug_payload([SparkplugMetric("bdSeq", "Int64", bd_seq)], at_us=at_us)


def _metric(metric: SparkplugMetric) -> bytes:
    parts = [_bytes_field(1, metric.name.encode())] if metric.name else []
    numbers = (
        (2, metric.alias),
        (3, None if metric.at_us is None else metric.at_us // _MS_US),
        (4, _DATATYPES[metric.datatype] if metric.states_datatype else None),
        (5, 1 if metric.is_historical else None),
        (6, 1 if metric.is_transient else None),
        (7, 1 if metric.value is None else None),
    )
    parts += [_integer_field(number, value) for number, value in numbers if value is not None]
    properties = _properties(metric)
    if properties:
        parts.append(_bytes_field(9, properties))
    if metric.value is not None:
        parts.append(_value(metric.datatype, metric.value))
    return b"".join(parts)


def _value(datatype: str, value: float | str) -> bytes:
    if isinstance(value, str):
        return _bytes_field(15, value.encode())
    if datatype in _INTEGERS:
        bits, number = _INTEGERS[datatype]
        return _integer_field(number, int(value) % (1 << bits))
    if datatype == "Float":
        return _key(12, _FIXED32) + struct.pack("<f", value)
    if datatype == "Double":
        return _key(13, _FIXED64) + struct.pack("<d", value)
    return _integer_field(14, int(value))


def _properties(metric: SparkplugMetric) -> bytes:
    """Return a PropertySet: all keys, then all values in their order."""
    values = []
    if metric.unit:
        values.append(
            ("engUnit", _integer_field(1, _STRING) + _bytes_field(8, metric.unit.encode()))
        )
    if metric.quality_code is not None:
        code = _integer_field(1, _DATATYPES["Int32"]) + _integer_field(3, metric.quality_code)
        values.append(("Quality", code))
    keys = [_bytes_field(1, key.encode()) for key, _ in values]
    return b"".join(keys + [_bytes_field(2, value) for _, value in values])


def _integer_field(number: int, value: int) -> bytes:
    return _key(number, _VARINT) + _varint(value)


def _bytes_field(number: int, content: bytes) -> bytes:
    return _key(number, _LENGTH) + _varint(len(content)) + content


def _key(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
