"""Sparkplug B payloads: Protocol Buffers to plain values, and the one command we send. Pure.

Source: Sparkplug 3.0, chapter 6.4 (payload); eclipse-tahu, sparkplug_b.proto (field numbers). Only
the fields below are read, whatever else is in a payload is skipped. Text is taken as bytes, so that
what is not UTF-8 is ours to refuse.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError as ProtobufError

from core.errors import DecodeError

METRIC_COUNT_MAX = 10_000
REBIRTH = "Node Control/Rebirth"
_BOOLEAN = 11
#: Signed integers travel as two's complement (6.4.16): datatype -> bits.
_SIGNED_BITS: Mapping[int, int] = {1: 8, 2: 16, 3: 32, 4: 64}

_Type = descriptor_pb2.FieldDescriptorProto
#: message -> (field, number, type, message type or "", is repeated)
_MESSAGES: Mapping[str, tuple[tuple[str, int, int, str, bool], ...]] = {
    "PropertyValue": (
        ("int_value", 3, _Type.TYPE_UINT32, "", False),
        ("long_value", 4, _Type.TYPE_UINT64, "", False),
        ("string_value", 8, _Type.TYPE_BYTES, "", False),
    ),
    "PropertySet": (
        ("keys", 1, _Type.TYPE_BYTES, "", True),
        ("values", 2, _Type.TYPE_MESSAGE, "PropertyValue", True),
    ),
    "Metric": (
        ("name", 1, _Type.TYPE_BYTES, "", False),
        ("alias", 2, _Type.TYPE_UINT64, "", False),
        ("timestamp", 3, _Type.TYPE_UINT64, "", False),
        ("datatype", 4, _Type.TYPE_UINT32, "", False),
        ("is_historical", 5, _Type.TYPE_BOOL, "", False),
        ("is_transient", 6, _Type.TYPE_BOOL, "", False),
        ("is_null", 7, _Type.TYPE_BOOL, "", False),
        ("properties", 9, _Type.TYPE_MESSAGE, "PropertySet", False),
        ("int_value", 10, _Type.TYPE_UINT32, "", False),
        ("long_value", 11, _Type.TYPE_UINT64, "", False),
        ("float_value", 12, _Type.TYPE_FLOAT, "", False),
        ("double_value", 13, _Type.TYPE_DOUBLE, "", False),
        ("boolean_value", 14, _Type.TYPE_BOOL, "", False),
        ("string_value", 15, _Type.TYPE_BYTES, "", False),
    ),
    "Payload": (
        ("timestamp", 1, _Type.TYPE_UINT64, "", False),
        ("metrics", 2, _Type.TYPE_MESSAGE, "Metric", True),
        ("seq", 3, _Type.TYPE_UINT64, "", False),
    ),
}
_VALUE_FIELDS = ("float_value", "double_value", "boolean_value", "int_value", "long_value")


class SparkplugMetric(NamedTuple):
    """One metric as sent: DATA messages may carry the alias of a birth instead of the name.

    ``value`` is None for null, for text and for what is no scalar; integers are raw (unsigned).
    """

    name: str | None
    alias: int | None
    timestamp_ms: int | None
    datatype: int | None
    is_transient: bool
    value: float | bool | None
    unit: str
    quality: int | None


class SparkplugPayload(NamedTuple):
    """One payload; ``seq`` is absent in deaths."""

    timestamp_ms: int | None
    seq: int | None
    metrics: list[SparkplugMetric]


def parse_payload(payload: bytes) -> SparkplugPayload:
    """Read one payload.

    Raises: DecodeError: not Protocol Buffers, text that is not UTF-8, or too many metrics.
    """
    message = _Payload()
    try:
        message.ParseFromString(payload)
    except (ProtobufError, RecursionError) as error:
        raise DecodeError(f"a Sparkplug B payload expected: {error}") from None
    if len(message.metrics) > METRIC_COUNT_MAX:
        raise DecodeError(f"at most {METRIC_COUNT_MAX} metrics expected")
    return SparkplugPayload(
        _optional(message, "timestamp"),
        _optional(message, "seq"),
        [_metric(metric) for metric in message.metrics],
    )


def signed(value: float, datatype: int | None) -> float:
    """Return an integer as its datatype means it; other values as they are."""
    bits = _SIGNED_BITS.get(datatype or 0)
    if bits is None or not isinstance(value, int) or isinstance(value, bool):
        return value
    low = value & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low


def rebirth_command(timestamp_ms: int) -> bytes:
    """Return the payload of an NCMD that asks an edge node for its births (6.4.24)."""
    message = _Payload()
    message.timestamp = timestamp_ms
    metric = message.metrics.add()
    metric.name = REBIRTH.encode()
    metric.datatype = _BOOLEAN
    metric.boolean_value = True
    return bytes(message.SerializeToString())


def _metric(metric: Any) -> SparkplugMetric:
    value: float | bool | None = None
    if not metric.is_null:
        value = next((getattr(metric, f) for f in _VALUE_FIELDS if metric.HasField(f)), None)
    properties = dict(_properties(metric.properties)) if metric.HasField("properties") else {}
    unit, quality = properties.get("engUnit"), properties.get("Quality")
    return SparkplugMetric(
        _text(metric.name) if metric.HasField("name") and metric.name else None,
        _optional(metric, "alias"),
        _optional(metric, "timestamp"),
        _optional(metric, "datatype"),
        metric.is_transient,
        value,
        unit if isinstance(unit, str) else "",
        quality if isinstance(quality, int) else None,
    )


def _properties(properties: Any) -> Iterator[tuple[str, str | int]]:
    for key, value in zip(properties.keys, properties.values, strict=False):
        if value.HasField("string_value"):
            yield _text(key), _text(value.string_value)
        elif value.HasField("int_value"):
            yield _text(key), int(value.int_value)


def _optional(message: Any, field: str) -> int | None:
    return int(getattr(message, field)) if message.HasField(field) else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise DecodeError(f"text in UTF-8 expected, {raw[:40]!r} seen") from None


def _message_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="trapwatch/sparkplug_b.proto", package="trapwatch.sparkplug", syntax="proto2"
    )
    for message_name, fields in _MESSAGES.items():
        described = file.message_type.add(name=message_name)
        for name, number, kind, message_type, repeated in fields:
            field = described.field.add(name=name, number=number)
            field.type = kind  # type: ignore[assignment]  # the stubs' enum
            field.label = _Type.LABEL_REPEATED if repeated else _Type.LABEL_OPTIONAL
            if message_type:
                field.type_name = f".trapwatch.sparkplug.{message_type}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("trapwatch.sparkplug.Payload")
    )


_Payload = _message_class()
