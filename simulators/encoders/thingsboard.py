"""ThingsBoard's gateway and device MQTT APIs (thingsboard.io, API reference). Pure."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import orjson

from core.reading import Metric, Reading

THINGSBOARD_TELEMETRY_TOPIC = "v1/gateway/telemetry"
THINGSBOARD_CONNECT_TOPIC = "v1/gateway/connect"
THINGSBOARD_DISCONNECT_TOPIC = "v1/gateway/disconnect"


def thingsboard_device_topic(device_uid: str) -> str:
    """Return where a device that has a topic of its own publishes telemetry."""
    return f"v1/devices/{device_uid}/telemetry"


def thingsboard_telemetry(readings: Iterable[Reading]) -> bytes:
    """Return a gateway's telemetry; readings of one device and time that follow are one element.

    Times are whole milliseconds.
    """
    message: dict[str, list[dict[str, Any]]] = {}
    for device, own in groupby(readings, key=lambda reading: reading.device_uid):
        message.setdefault(device, []).extend(_elements(own))
    return orjson.dumps(message)


def thingsboard_device_telemetry(readings: Iterable[Reading]) -> bytes:
    """Return the telemetry of one device, timestamped: one object or an array of them."""
    elements = _elements(readings)
    return orjson.dumps(elements[0] if len(elements) == 1 else elements)


def thingsboard_presence(device_uid: str, device_type: str = "default") -> bytes:
    """Return what a gateway publishes when a device connects or disconnects."""
    return orjson.dumps({"device": device_uid, "type": device_type})


def _elements(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    return [
        {
            "ts": at_us // 1_000,
            "values": {
                reading.metric.label: bool(reading.value)
                if reading.metric is Metric.COVER_OPEN
                else reading.value
                for reading in at_once
            },
        }
        for at_us, at_once in groupby(readings, key=lambda reading: reading.measured_at_us)
    ]
