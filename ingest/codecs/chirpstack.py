"""ChirpStack v4 events in JSON: uplinks with a decoded object, device statuses, joins.

Source: chirpstack-docs, integrations/events.md (UplinkEvent, StatusEvent, JoinEvent). proto3 JSON
drops zero values, so an absent counter is 0, but an absent sensor field is no reading.
"""

from datetime import datetime
from typing import Any

import msgspec

from core.errors import DecodeError
from core.reading import Metric, Reading
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.codecs.fields import Value, device_uid, instant_us
from ingest.codecs.json_text import parse_json
from ingest.codecs.lorawan import Reception, radio
from ingest.codecs.measured import measured, nothing_known
from ingest.topics import Route


class _DeviceInfo(msgspec.Struct, rename="camel"):
    dev_eui: str
    device_profile_name: str = ""
    tags: dict[str, str] = {}


class _Event(msgspec.Struct, rename="camel"):
    """The fields of all three events that we use; None where one is absent."""

    device_info: _DeviceInfo
    time: datetime | None = None
    object: dict[str, Any] | None = None
    rx_info: list[Reception] = []
    f_port: int | None = None
    data: str | None = None
    dev_addr: str | None = None
    margin: float | None = None
    external_power_source: bool | None = None
    battery_level_unavailable: bool | None = None
    battery_level: float | None = None


_KINDS = frozenset({"up", "status", "join"})
_decode_json = msgspec.json.Decoder(_Event).decode


def decode(payload: bytes, received_at_us: int, route: Route) -> Decoded:
    """Decode one event; the topic's end says which, or else its fields.

    Returns: of an uplink (``up``) one reading a known field of ``object``, in the model's order,
        then rssi_dbm and snr_db of the best gateway; of a ``status`` battery_pct and the margin as
        snr_db; of a ``join`` that the device is there. Event time is the network's ``time``, or
        received_at_us.
    Raises: DecodeError: not an event; an uplink without ``object`` (no codec in the device
        profile), or none of its fields is known.
    """
    event = parse_json(_decode_json, payload, "a ChirpStack v4 event")
    uid = device_uid(event.device_info.dev_eui)
    kind = route.topic.rpartition("/")[2]
    if kind not in _KINDS:
        kind = _kind(event)
    if kind == "join":
        return Decoded((), (Presence(Party.DEVICE, uid, True),))
    found = _status(event) if kind == "status" else _uplink(event)
    measured_at_us = received_at_us if event.time is None else instant_us(event.time)
    return Decoded(
        [
            Reading(uid, metric, value.number, measured_at_us, value.quality)
            for metric, value in found.items()
        ]
    )


def _kind(event: _Event) -> str:
    said = (
        event.margin,
        event.battery_level,
        event.external_power_source,
        event.battery_level_unavailable,
    )
    if any(field is not None for field in said):
        return "status"
    if event.object or event.rx_info or event.data is not None or event.f_port is not None:
        return "up"
    return "up" if event.dev_addr is None else "join"


def _uplink(event: _Event) -> dict[Metric, Value]:
    if not event.object:
        raise DecodeError(
            "object: decoded fields expected, none seen; set a codec in the device profile"
        )
    names = (event.device_info.tags.get("model", ""), event.device_info.device_profile_name)
    found = dict(measured(event.object, names))
    if not found:
        raise nothing_known("object", event.object)
    found |= radio(event.rx_info)
    return found


def _status(event: _Event) -> dict[Metric, Value]:
    found = {Metric.SNR_DB: Value(event.margin or 0.0)}
    is_known = not (event.external_power_source or event.battery_level_unavailable)
    # A battery says 1..254 (LoRaWAN 1.0.4 §5.5, DevStatusAns): an absent level is no dropped zero.
    if event.battery_level and is_known:
        found[Metric.BATTERY_PCT] = Value(event.battery_level)
    return found
