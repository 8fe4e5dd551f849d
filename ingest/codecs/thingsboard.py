"""ThingsBoard's MQTT APIs: its gateway's telemetry and connects, and a device's own telemetry.

Source: thingsboard.io, gateway and device MQTT API reference; JsonConverter.java for what counts
as a time and a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core.errors import DecodeError
from core.reading import Reading
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.codecs.fields import device_uid, instant_us
from ingest.codecs.json_text import parse_json
from ingest.codecs.measured import measured, nothing_known
from ingest.topics import Route

ELEMENT_COUNT_MAX = 10_000
#: How a device names itself where only its access token says who it is.
_NOBODY = "me"

_decode_json = msgspec.json.Decoder().decode


def decode_gateway(payload: bytes, received_at_us: int, route: Route) -> Decoded:
    """Decode a message of ``v1/gateway/telemetry``, ``…/connect`` or ``…/disconnect``.

    With no or another topic, ``{"device": "…"}`` is a connect. An element of a device's array
    without both ``ts`` (Unix milliseconds) and ``values`` is of received_at_us.

    Returns: one reading a known field; or one presence.
    Raises: DecodeError: another shape, a time outside 1970..2106, or no field is known.
    """
    message = _parse(payload)
    action = route.topic.rpartition("/")[2]
    if action in {"connect", "disconnect"} or (
        action != "telemetry" and isinstance(message.get("device"), str)
    ):
        device = message.get("device")
        if not isinstance(device, str):
            raise DecodeError('{"device": "name"} expected: no text under device')
        presence = Presence(Party.DEVICE, device_uid(device), action != "disconnect")
        return Decoded((), (presence,))
    elements: list[tuple[str, object]] = []
    for device, telemetry in message.items():
        if not isinstance(telemetry, list):
            raise DecodeError(
                f"{device[:80]!r}: an array of telemetry expected, {type(telemetry).__name__} seen"
            )
        elements += ((device_uid(device), element) for element in telemetry)
    return _decoded(elements, received_at_us)


def decode_device(payload: bytes, received_at_us: int, route: Route) -> Decoded:
    """Decode a message of ``v1/devices/{device}/telemetry``: values, ts-form, or an array of them.

    Without a topic the device is ``me``.

    Raises: DecodeError: as for ``decode_gateway``, or the topic names ``me``.
    """
    if route.topic and route.device_uid in {None, _NOBODY}:
        raise DecodeError(
            "topic: the device's own name expected, 'me' seen, which only an access token of "
            "ThingsBoard explains; publish to v1/devices/{device}/telemetry or v1/gateway/telemetry"
        )
    message = _parse(payload, arrays=True)
    uid = route.device_uid or _NOBODY
    elements = message if isinstance(message, list) else [message]
    return _decoded([(uid, element) for element in elements], received_at_us)


def _parse(payload: bytes, *, arrays: bool = False) -> Any:
    message = parse_json(_decode_json, payload, "ThingsBoard")
    if not isinstance(message, dict) and not (arrays and isinstance(message, list)):
        raise DecodeError(f"a JSON object expected, {type(message).__name__} seen")
    return message


def _decoded(elements: Sequence[tuple[str, object]], received_at_us: int) -> Decoded:
    if len(elements) > ELEMENT_COUNT_MAX:
        raise DecodeError(
            f"telemetry: at most {ELEMENT_COUNT_MAX} elements expected, {len(elements)} seen"
        )
    seen: set[str] = set()
    readings = [
        reading
        for uid, element in elements
        for reading in _readings(uid, element, received_at_us, seen)
    ]
    if not readings:
        raise nothing_known("telemetry", seen)
    return Decoded(readings)


def _readings(uid: str, element: object, received_at_us: int, seen: set[str]) -> Iterator[Reading]:
    if not isinstance(element, dict):
        raise DecodeError(
            f"{uid!r}: an object of values expected in the array, {type(element).__name__} seen"
        )
    values: Mapping[str, object] = element
    at_us = received_at_us
    if "ts" in element and "values" in element:
        values = element["values"]
        if not isinstance(values, dict):
            raise DecodeError(f"{uid!r}: values: an object expected")
        at_us = _time_us(element["ts"])
    seen.update(values)
    for metric, value in measured(values):
        yield Reading(uid, metric, value.number, at_us, value.quality)


def _time_us(raw: object) -> int:
    # ThingsBoard casts a number inside a string.
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise DecodeError(f"ts: Unix milliseconds expected, {type(raw).__name__} seen")
    try:
        return instant_us(float(raw))
    except (ValueError, OverflowError):
        raise DecodeError("ts: Unix milliseconds expected, something else seen") from None
