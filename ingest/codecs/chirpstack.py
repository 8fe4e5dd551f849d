"""ChirpStack v4 uplinks (event/up) in JSON, with the object a device-profile codec decoded.

Source: chirpstack-docs, integrations/events.md (UplinkEvent). proto3 JSON drops zero values, so an
absent counter is 0, but an absent sensor field is no reading.
"""

from datetime import datetime
from typing import Any

import msgspec

from core.errors import DecodeError
from core.reading import Reading
from ingest.codecs.decoded import Decoded
from ingest.codecs.fields import device_uid, instant_us
from ingest.codecs.lorawan import Reception, radio
from ingest.codecs.measured import measured, nothing_known
from ingest.topics import Route


class _DeviceInfo(msgspec.Struct, rename="camel"):
    dev_eui: str
    device_profile_name: str = ""
    tags: dict[str, str] = {}


class _Uplink(msgspec.Struct, rename="camel"):
    device_info: _DeviceInfo
    time: datetime | None = None
    object: dict[str, Any] | None = None
    rx_info: list[Reception] = []


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
    found = dict(measured(uplink.object, names))
    if not found:
        raise nothing_known("object", uplink.object)
    found |= radio(uplink.rx_info)
    return Decoded(
        [
            Reading(uid, metric, value.number, measured_at_us, value.quality)
            for metric, value in found.items()
        ]
    )
