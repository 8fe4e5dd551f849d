"""Sparkplug B payloads: the protobuf messages, the values of their metrics, the rebirth command.

Source: Eclipse Sparkplug 3.0, chapter 6, and sparkplug_b.proto of Eclipse Tahu. Only the fields
that we read are described; protobuf skips the others: text, bytes, data sets, templates.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError as ProtobufDecodeError

from core.errors import DecodeError

TAG_COUNT_MAX = 10_000
SEQ_COUNT = 256
BD_SEQ = "bdSeq"
REBIRTH = "Node Control/Rebirth"

_PACKAGE = "trapwatch.sparkplug"
_VALUE_FIELDS = ("int_value", "long_value", "float_value", "double_value", "boolean_value")
#: message -> (field, number, type); one that ends in "*" is repeated, _VALUE_FIELDS are a oneof.
_MESSAGES: Mapping[str, tuple[tuple[str, int, str], ...]] = {
    "PropertyValue": (("int_value", 3, "uint32"), ("long_value", 4, "uint64"),
                      ("string_value", 8, "string")),
    "PropertySet": (("keys", 1, "string*"), ("values", 2, "PropertyValue*")),
    "Metric": (("name", 1, "string"), ("alias", 2, "uint64"), ("timestamp", 3, "uint64"),
               ("datatype", 4, "uint32"), ("is_historical", 5, "bool"),
               ("is_transient", 6, "bool"), ("is_null", 7, "bool"),
               ("properties", 9, "PropertySet"), ("int_value", 10, "uint32"),
               ("long_value", 11, "uint64"), ("float_value", 12, "float"),
               ("double_value", 13, "double"), ("boolean_value", 14, "bool")),
    "Payload": (("timestamp", 1, "uint64"), ("metrics", 2, "Metric*"), ("seq", 3, "uint64")),
}  # fmt: skip


def _payload_class() -> Any:
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="trapwatch/sparkplug.proto", package=_PACKAGE, syntax="proto2"
    )
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for name, number, type_name in fields:
            field = message.field.add(name=name, number=number)
            field.label = kinds.LABEL_REPEATED if type_name[-1] == "*" else kinds.LABEL_OPTIONAL
            bare = type_name.rstrip("*")
            if bare in _MESSAGES:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".{_PACKAGE}.{bare}"
            else:
                field.type = kinds.Type.Value(f"TYPE_{bare.upper()}")
            if message_name == "Metric" and name in _VALUE_FIELDS:
                if not message.oneof_decl:
                    message.oneof_decl.add(name="value")
                field.oneof_index = 0
    # A pool of our own: a generated sparkplug_b_pb2 in the same process would not get in the way.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


_Payload = _payload_class()

#: Sparkplug datatype -> (bits, signed); chapter 6.4.16.
_INTEGERS: Mapping[int, tuple[int, bool]] = {
    1: (8, True), 2: (16, True), 3: (32, True), 4: (64, True),
    5: (8, False), 6: (16, False), 7: (32, False), 8: (64, False),
}  # fmt: skip
_FLOATS = frozenset({9, 10})
_BOOLEAN = 11
_INTEGER_BITS = {"int_value": 32, "long_value": 64}
_FLOAT_FIELDS = frozenset({"float_value", "double_value"})


class Tag(NamedTuple):
    """One metric of a payload as it was sent; "tag", because a Metric is something else here.

    ``name`` is empty where only the alias stands. ``field`` and ``raw`` are the value's field and
    what protobuf makes of it, empty and None for null. ``unit`` is the property engUnit,
    ``quality_code`` the property Quality (0 bad, 192 good, 500 stale).
    """

    name: str
    alias: int | None = None
    timestamp_ms: int | None = None
    datatype: int = 0
    is_historical: bool = False
    is_transient: bool = False
    field: str = ""
    raw: float | None = None
    unit: str = ""
    quality_code: int | None = None


class Payload(NamedTuple):
    """One message; ``seq`` is 0 where it is absent, as senders that drop zeros mean it."""

    tags: list[Tag]
    seq: int
    timestamp_ms: int | None


def parse(payload: bytes) -> Payload:
    """Return a payload's metrics and counters.

    Raises: DecodeError: no protobuf, a metric with neither name nor alias, more than 10,000
        metrics, or seq beyond 0..255.
    """
    message = _Payload()
    try:
        message.ParseFromString(payload)
        if len(message.metrics) > TAG_COUNT_MAX:
            raise DecodeError(
                f"metrics: at most {TAG_COUNT_MAX} expected, {len(message.metrics)} seen"
            )
        tags = [_tag(metric) for metric in message.metrics]
    except ProtobufDecodeError as error:
        raise DecodeError(f"a Sparkplug B payload expected: {str(error)[:200]}") from None
    for index, tag in enumerate(tags):
        if not tag.name and tag.alias is None:
            raise DecodeError(f"metrics[{index}]: a name or an alias expected, none seen")
    if not 0 <= message.seq < SEQ_COUNT:
        raise DecodeError(f"seq: 0..{SEQ_COUNT - 1} expected, {message.seq} seen")
    return Payload(tags, message.seq, _present(message, "timestamp"))


def number_of(tag: Tag) -> float | bool | None:
    """Return a metric's value; None for null and for what is no number, such as text and times.

    Signed integers travel as unsigned ones, in two's complement of their own width or of the
    field's: senders differ (chapter 6.4.16; Tahu).

    Raises: DecodeError: datatype and field contradict each other, the number does not fit the
        datatype, or none is stated and the sign cannot be known.
    """
    if tag.raw is None or (tag.datatype and tag.datatype not in _NUMERIC):
        return None
    if tag.field in _INTEGER_BITS and tag.datatype in {0, *_INTEGERS}:
        return _integer(tag)
    if tag.field in _FLOAT_FIELDS and tag.datatype in {0, *_FLOATS}:
        return tag.raw
    if tag.field == "boolean_value" and tag.datatype in {0, _BOOLEAN}:
        return bool(tag.raw)
    raise DecodeError(
        f"{tag.name[:80]}: a value of datatype {tag.datatype} expected, {tag.field} seen"
    )


_NUMERIC = frozenset({*_INTEGERS, *_FLOATS, _BOOLEAN})


def rebirth_command(now_ms: int) -> bytes:
    """Return the NCMD that asks an edge node for its births (chapter 6.4.22)."""
    message = _Payload(timestamp=now_ms)
    message.metrics.add(name=REBIRTH, timestamp=now_ms, datatype=_BOOLEAN, boolean_value=True)
    serialized: bytes = message.SerializeToString()
    return serialized


def _tag(metric: Any) -> Tag:
    field = "" if metric.is_null else metric.WhichOneof("value") or ""
    unit, quality_code = "", None
    if metric.HasField("properties"):
        for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
            if key == "engUnit":
                unit = _text(value.string_value)
            elif key == "Quality" and not value.HasField("string_value"):
                quality_code = value.int_value or value.long_value
    return Tag(
        _text(metric.name),
        _present(metric, "alias"),
        _present(metric, "timestamp"),
        metric.datatype,
        metric.is_historical,
        metric.is_transient,
        field,
        getattr(metric, field) if field else None,
        unit,
        quality_code,
    )


def _text(raw: str | bytes) -> str:
    """Return a text; protobuf hands out the bytes where they are no UTF-8."""
    if isinstance(raw, bytes):
        raise DecodeError(f"a text in UTF-8 expected, {raw[:80]!r} seen")
    return raw


def _present(message: Any, field: str) -> int | None:
    return getattr(message, field) if message.HasField(field) else None


def _integer(tag: Tag) -> int:
    raw, field_bits = int(tag.raw or 0), _INTEGER_BITS[tag.field]
    if tag.datatype == 0:
        if raw >> (field_bits - 1):
            raise DecodeError(f"{tag.name[:80]}: a datatype expected with so large a number")
        return raw
    bits, is_signed = _INTEGERS[tag.datatype]
    half = 1 << (bits - 1)
    if is_signed and raw >= (1 << field_bits) - half:
        return raw - (1 << field_bits)
    # A 64-bit field may hold the two's complement of a 32-bit one.
    if is_signed and (1 << 32) - half <= raw < 1 << 32 and bits <= 32:
        return raw - (1 << 32)
    if raw >= 1 << bits:
        raise DecodeError(f"{tag.name[:80]}: {bits} bits expected, {raw} seen")
    return raw - (1 << bits) if is_signed and raw >= half else raw
