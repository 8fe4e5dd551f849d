"""ChirpStack v4 uplinks (event/up) in JSON, with the object a device-profile codec decoded.

Source: chirpstack-docs, integrations/events.md (UplinkEvent). proto3 JSON drops zero values, so an
absent counter is 0, but an absent sensor field is no reading.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.errors import DecodeError
from core.reading import Metric, Reading
from ingest.codecs.decoded import Decoded
from ingest.codecs.fields import FieldRule, Value, device_uid, instant_us
from ingest.codecs.models import PLAIN_FIELDS, model_of
from ingest.topics import Route


class _DeviceInfo(msgspec.Struct, rename="camel"):
    dev_eui: str
    device_profile_name: str = ""
    tags: dict[str, str] = {}


class _Reception(msgspec.Struct):
    rssi: float | None = None
    snr: float | None = None


class _Uplink(msgspec.Struct, rename="camel"):
    device_info: _DeviceInfo
    time: datetime | None = None
    object: dict[str, Any] | None = None
    rx_info: list[_Reception] = []


_decode_json = msgspec.json.Decoder(_Uplink).decode


def decode(payload: bytes, received_at_us: int, _route: Route) -> Decoded:
    """Decode one uplink event.

    Returns: one reading a known field of ``object``, in the model's order, then rssi_dbm and
        snr_db of the best gateway. Event time is the network's ``time``, or received_at_us.
    Raises: DecodeError: not an uplink event, no ``object`` (no codec in the device profile), or
        none of its fields is known.
    """
    try:
        uplink = _decode_json(payload)
    except msgspec.MsgspecError as error:
        raise DecodeError(f"JSON of a ChirpStack v4 uplink expected: {error}") from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"flat JSON in UTF-8 expected: {error}") from None
    if not uplink.object:
        raise DecodeError(
            "object: decoded fields expected, none seen; set a codec in the device profile"
        )
    uid = device_uid(uplink.device_info.dev_eui)
    measured_at_us = received_at_us if uplink.time is None else instant_us(uplink.time)
    names = (uplink.device_info.tags.get("model", ""), uplink.device_info.device_profile_name)
    values = _arranged(uplink.object)
    found = list(_values(model_of(names, values), values)) or list(_values(PLAIN_FIELDS, values))
    if not found:
        raise DecodeError(
            f"object: a known field expected, {', '.join(sorted(uplink.object))[:200]} seen"
        )
    found += _radio(uplink.rx_info)
    return Decoded(
        [
            Reading(uid, metric, value.number, measured_at_us, value.quality)
            for metric, value in found
        ]
    )


def _values(
    fields: Iterable[FieldRule], values: Mapping[str, object]
) -> Iterable[tuple[Metric, Value]]:
    for field in fields:
        name = next((name for name in field.names if name in values), None)
        if name is not None:
            value = field.parse(values[name])
            if value is not None:
                yield field.metric, value


def _arranged(values: Mapping[str, object]) -> Mapping[str, object]:
    """Bring fields that only mean something together into one."""
    if "angle_x" in values or "angle_y" in values:
        return {**values, "tilt": _inclination_deg(values)}
    # A tilted or absent ultrasonic head measures something, but not the distance to the liquid.
    for distance in ("distance", "Distance"):
        if distance in values and (
            values.get("position") == "tilt" or values.get("Sensor_flag") in {0, "0"}
        ):
            return {**values, distance: "No Sensor"}
    return values


def _inclination_deg(values: Mapping[str, object]) -> float | None:
    """Return how far the device leans from the plumb line, 0..180.

    The angles are those of the axes above the horizon, so sin²x + sin²y + sin²z = 1 and z is 90
    when the device lies flat; a clearly negative z means that it lies upside down.
    """
    x, y, z = (values.get(name) for name in ("angle_x", "angle_y", "angle_z"))
    if not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
        return None
    if not (abs(x) <= 360 and abs(y) <= 360):
        return None
    upright = 1.0 - math.sin(math.radians(x)) ** 2 - math.sin(math.radians(y)) ** 2
    inclination = round(math.degrees(math.acos(math.sqrt(max(0.0, upright)))), 2)
    return 180.0 - inclination if isinstance(z, (int, float)) and z < -45 else inclination


def _radio(receptions: list[_Reception]) -> list[tuple[Metric, Value]]:
    heard = [reception for reception in receptions if reception.rssi is not None]
    if not heard:
        return []
    best = max(heard, key=lambda reception: reception.rssi or 0.0)
    snr_db = 0.0 if best.snr is None else best.snr  # proto3: an absent ratio is 0 dB
    return [
        (Metric.RSSI_DBM, Value(best.rssi or 0.0)),
        (Metric.SNR_DB, Value(snr_db)),
    ]
