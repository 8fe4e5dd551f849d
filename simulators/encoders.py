"""Payloads as devices and network servers send them. Pure.

Written from the specifications (docs/topics-and-codecs.md; ChirpStack v4 integration events; the
vendors' decoders), not from our decoders, so that they test those.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from core.instant import format_rfc3339
from core.reading import Reading

CHIRPSTACK_APPLICATION = "ca739e26-7b67-4f14-b69e-d568c22a5a75"
_EM310_UDL_BLIND_MM = 30
_LDDS75_BLIND_MM = 280


def up_topic(gateway_uid: str) -> str:
    """Return where a gateway publishes readings."""
    return f"trapwatch/v1/{gateway_uid}/up"


def status_topic(gateway_uid: str) -> str:
    """Return where a gateway's retained status stands."""
    return f"trapwatch/v1/{gateway_uid}/status"


def uplink_topic(dev_eui: str, application: str = CHIRPSTACK_APPLICATION) -> str:
    """Return where ChirpStack publishes a device's uplinks."""
    return f"application/{application}/device/{dev_eui}/event/up"


def status(online: bool) -> bytes:
    """Return a gateway's status, also its Will."""
    return b'{"online":true}' if online else b'{"online":false}'


def native_reading(reading: Reading, *, unix_ms: bool = False) -> bytes:
    """Return one reading in native JSON; ``unix_ms`` writes Unix milliseconds for RFC 3339."""
    return orjson.dumps(_native(reading, unix_ms))


def native_batch(readings: Iterable[Reading], *, unix_ms: bool = False) -> bytes:
    """Return several readings in one native message."""
    return orjson.dumps({"readings": [_native(reading, unix_ms) for reading in readings]})


def chirpstack_uplink(
    dev_eui: str,
    profile: str,
    name: str,
    at_us: int,
    decoded: Mapping[str, Any],
    *,
    rssi_dbm: float,
    snr_db: float,
    frame_count: int,
    gateway_eui: str = "0016c001f153a14c",
) -> bytes:
    """Return a ChirpStack v4 uplink event in JSON; proto3 leaves out what is zero."""
    reception = {"gatewayId": gateway_eui, "uplinkId": 1 + frame_count}
    reception |= {key: value for key, value in (("rssi", rssi_dbm), ("snr", snr_db)) if value}
    event: dict[str, Any] = {
        "deduplicationId": f"{dev_eui[:8]}-{dev_eui[8:12]}-4000-8000-{frame_count:012x}",
        "time": format_rfc3339(at_us).replace("Z", "+00:00"),
        "deviceInfo": {
            "applicationId": CHIRPSTACK_APPLICATION,
            "applicationName": "traps",
            "deviceProfileName": profile,
            "deviceName": name,
            "devEui": dev_eui,
            "tags": {},
        },
        "dr": 5,
        "fPort": 85,
        "object": dict(decoded),
        "rxInfo": [reception],
    }
    if frame_count:
        event["fCnt"] = frame_count
    return orjson.dumps(event)


def em310_udl(distance_mm: float, battery_pct: float) -> dict[str, Any]:
    """Return what Milesight's decoder makes of an EM310-UDL uplink (ultrasonic, mm).

    Nearer than 30 mm the head sees nothing and reports its limit.
    """
    return {
        "battery": round(battery_pct),
        "distance": max(round(distance_mm), _EM310_UDL_BLIND_MM),
        "position": "normal",
    }


def em500_swl(level_mm: float, battery_pct: float) -> dict[str, Any]:
    """Return what Milesight's decoder makes of an EM500-SWL uplink (hydrostatic, whole cm)."""
    return {"battery": round(battery_pct), "depth": round(level_mm / 10)}


def ldds75(distance_mm: float, volts: float) -> dict[str, Any]:
    """Return what Dragino's v4 decoder makes of an LDDS75 uplink: numbers inside strings."""
    blind = distance_mm < _LDDS75_BLIND_MM
    return {
        "Bat": f"{volts:.3f} V",
        "Distance": "Invalid Reading" if blind else f"{round(distance_mm)} mm",
        "Interrupt_flag": 0,
        "Sensor_flag": 1,
    }


def dc413(
    distance_mm: float, *, cover_open: bool, tilt_deg: float, temperature_c: float, frame_count: int
) -> dict[str, Any]:
    """Return what Dingtek's decoder makes of a DC413 manhole sensor's uplink.

    Its angle is always negative, because the decoder tests ``x & (0x0f === 0x00)``.
    """
    return {
        "level": round(distance_mm),
        "alarmLevel": False,
        "alarmFall": cover_open,
        "alarmBattery": False,
        "angle": -abs(round(tilt_deg)),
        "temperature": round(temperature_c),
        "frameCounter": frame_count,
    }


def _native(reading: Reading, unix_ms: bool) -> dict[str, Any]:
    at_us = reading.measured_at_us
    return {
        "device": reading.device_uid,
        "metric": reading.metric.label,
        "value": reading.value,
        "measured_at": at_us // 1_000 if unix_ms else format_rfc3339(at_us),
    }
