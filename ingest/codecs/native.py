"""Trapwatch's own JSON: one reading object, or {"readings": [...]} of them.

Specification: docs/topics-and-codecs.md. Unknown fields are ignored, so that a gateway may send
what a later version understands.
"""

import math
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from core.errors import DecodeError
from core.reading import Metric, Reading
from ingest.codecs.decoded import Decoded
from ingest.codecs.fields import device_uid, instant_us, metric_of
from ingest.codecs.json_text import parse_json
from ingest.topics import Route

READING_COUNT_MAX = 10_000


class _Item(msgspec.Struct, gc=False):
    device: str | UnsetType = UNSET
    metric: str | UnsetType = UNSET
    value: float | bool | UnsetType = UNSET
    measured_at: datetime | float | UnsetType = UNSET


class Message(_Item, gc=False):
    """One native message, with types checked and rules not yet."""

    readings: list[_Item] | UnsetType = UNSET


_decode_json = msgspec.json.Decoder(Message).decode


def decode(payload: bytes, _received_at_us: int, _route: Route) -> Decoded:
    """Decode one native message.

    Returns: 1..10,000 readings in payload order. ``device`` and ``measured_at`` beside
        ``readings`` stand for items that have none of their own.
    Raises: DecodeError: not JSON, wrong types, missing fields, unknown metric, time without
        offset or outside 1970..2106, value not finite, no or too many readings.
    """
    message = parse_json(_decode_json, payload, "the native format")
    return decoded(message)


def decoded(message: Message) -> Decoded:
    """Apply the rules of the native format, whatever it was encoded in.

    Raises: DecodeError: as for ``decode``, types aside.
    """
    if message.readings is UNSET:
        return Decoded((_reading(message, message),))
    if message.metric is not UNSET or message.value is not UNSET:
        raise DecodeError("metric and value belong into the items of readings, not beside them")
    if not 0 < len(message.readings) <= READING_COUNT_MAX:
        raise DecodeError(
            f"readings: 1..{READING_COUNT_MAX} expected, {len(message.readings)} seen"
        )
    readings = []
    for index, item in enumerate(message.readings):
        try:
            readings.append(_reading(item, message))
        except DecodeError as error:
            raise DecodeError(f"readings[{index}]: {error.detail}") from None
    return Decoded(readings)


def _reading(item: _Item, defaults: _Item) -> Reading:
    device = item.device if item.device is not UNSET else defaults.device
    measured_at = item.measured_at if item.measured_at is not UNSET else defaults.measured_at
    label, value = item.metric, item.value
    if device is UNSET or measured_at is UNSET or label is UNSET or value is UNSET:
        raise DecodeError(f"missing field: {_missing(device, label, value, measured_at)}")
    metric = metric_of(label)
    if isinstance(value, bool) and metric is not Metric.COVER_OPEN:
        raise DecodeError(f"value: a number expected for {label}, {value} seen")
    if not math.isfinite(value):
        raise DecodeError(f"value: a finite number expected for {label}, {value} seen")
    return Reading(device_uid(device), metric, float(value), instant_us(measured_at))


def _missing(*values: object) -> str:
    names = ("device", "metric", "value", "measured_at")
    return ", ".join(name for name, value in zip(names, values, strict=True) if value is UNSET)
