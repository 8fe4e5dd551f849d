"""What vendors' decoders make of their devices' uplinks: the object behind a network server. Pure.

Sources: Milesight SensorDecoders, Dragino end-node-decoder, Dingtek Chirpstack_codec.
"""

from typing import Any

_EM310_UDL_BLIND_MM = 30
_LDDS75_BLIND_MM = 280


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
