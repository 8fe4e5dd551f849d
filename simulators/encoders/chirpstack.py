"""ChirpStack v4 events in JSON (integrations/events.md; proto3 leaves out what is zero). Pure."""

from collections.abc import Mapping
from typing import Any

import orjson

from core.instant import format_rfc3339

CHIRPSTACK_APPLICATION = "ca739e26-7b67-4f14-b69e-d568c22a5a75"


def uplink_topic(dev_eui: str, application: str = CHIRPSTACK_APPLICATION, event: str = "up") -> str:
    """Return where ChirpStack publishes a device's events: up, status, join."""
    return f"application/{application}/device/{dev_eui}/event/{event}"


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
    """Return an uplink event with the object that the device profile's codec decoded."""
    reception = {"gatewayId": gateway_eui, "uplinkId": 1 + frame_count}
    event = _event(dev_eui, profile, name, at_us, frame_count) | {
        "dr": 5,
        "fPort": 85,
        "object": dict(decoded),
        "rxInfo": [reception | _present({"rssi": rssi_dbm, "snr": snr_db})],
    }
    return orjson.dumps(event | _present({"fCnt": frame_count}))


def chirpstack_status(
    dev_eui: str,
    at_us: int,
    *,
    margin_db: int,
    battery_pct: float | None,
    profile: str = "EM310-UDL",
    name: str = "trap",
    number: int = 1,
) -> bytes:
    """Return a status event; ``battery_pct`` None: the device runs on external power."""
    power = {"externalPowerSource": battery_pct is None, "batteryLevel": battery_pct or 0.0}
    event = _event(dev_eui, profile, name, at_us, number)
    return orjson.dumps(event | _present({"margin": margin_db, **power}))


def chirpstack_join(
    dev_eui: str,
    at_us: int,
    *,
    dev_addr: str = "00189440",
    profile: str = "EM310-UDL",
    name: str = "trap",
    number: int = 1,
) -> bytes:
    """Return a join event."""
    event = _event(dev_eui, profile, name, at_us, number)
    return orjson.dumps(event | {"devAddr": dev_addr})


def _event(dev_eui: str, profile: str, name: str, at_us: int, number: int) -> dict[str, Any]:
    return {
        "deduplicationId": f"{dev_eui[:8]}-{dev_eui[8:12]}-4000-8000-{number:012x}",
        "time": format_rfc3339(at_us).replace("Z", "+00:00"),
        "deviceInfo": {
            "applicationId": CHIRPSTACK_APPLICATION,
            "applicationName": "traps",
            "deviceProfileName": profile,
            "deviceName": name,
            "devEui": dev_eui,
            "tags": {},
        },
    }


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
