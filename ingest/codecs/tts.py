"""The Things Stack v3 uplinks in JSON, with the payload a formatter decoded.

Source: thethingsindustries.com, Integrations > Data Formats (uplink messages). Fields that are
empty, zero or false are left out.
"""

from datetime import datetime
from typing import Any

import msgspec

from core.errors import DecodeError
from core.reading import Reading
from ingest.codecs.decoded import Decoded
from ingest.codecs.fields import device_uid, instant_us
from ingest.codecs.json_text import parse_json
from ingest.codecs.lorawan import Reception, radio
from ingest.codecs.measured import measured, nothing_known
from ingest.topics import Route


class _EndDeviceIds(msgspec.Struct):
    device_id: str = ""
    dev_eui: str = ""


class _Settings(msgspec.Struct, frozen=True):
    time: datetime | None = None


class _VersionIds(msgspec.Struct, frozen=True):
    model_id: str = ""


class _UplinkMessage(msgspec.Struct):
    decoded_payload: dict[str, Any] | None = None
    rx_metadata: list[Reception] = []
    settings: _Settings = _Settings()
    received_at: datetime | None = None
    version_ids: _VersionIds = _VersionIds()
    attributes: dict[str, str] = {}


class _ApplicationUp(msgspec.Struct):
    end_device_ids: _EndDeviceIds
    uplink_message: _UplinkMessage
    received_at: datetime | None = None
    simulated: bool = False


_decode_json = msgspec.json.Decoder(_ApplicationUp).decode


def decode(payload: bytes, received_at_us: int, _route: Route) -> Decoded:
    """Decode one uplink message.

    Returns: one reading a known field of ``decoded_payload``, then rssi_dbm and snr_db of the best
        gateway. The device is its DevEUI, or its id where it has none; event time is the gateway's
        (``settings.time``), else the network's ``received_at``, else received_at_us.
    Raises: DecodeError: not an uplink message, a simulated one, no ``decoded_payload`` (no payload
        formatter), or none of its fields is known.
    """
    message = parse_json(_decode_json, payload, "a The Things Stack v3 uplink")
    if message.simulated:
        raise DecodeError("simulated: an uplink of a device expected, one from the console seen")
    uplink = message.uplink_message
    if not uplink.decoded_payload:
        raise DecodeError(
            "decoded_payload: decoded fields expected, none seen; set a payload formatter"
        )
    uid = device_uid(message.end_device_ids.dev_eui or message.end_device_ids.device_id)
    at = uplink.settings.time or uplink.received_at or message.received_at
    measured_at_us = received_at_us if at is None else instant_us(at)
    names = (uplink.attributes.get("model", ""), uplink.version_ids.model_id)
    found = dict(measured(uplink.decoded_payload, names))
    if not found:
        raise nothing_known("decoded_payload", uplink.decoded_payload)
    found |= radio(uplink.rx_metadata)
    return Decoded(
        [
            Reading(uid, metric, value.number, measured_at_us, value.quality)
            for metric, value in found.items()
        ]
    )
