"""The Things Stack v3 uplinks (Data Formats: empty, zero and false fields are left out). Pure."""

from collections.abc import Mapping
from typing import Any

import orjson

from core.instant import SECOND_US, format_rfc3339


def tts_topic(device_id: str, application: str = "traps@jiashan") -> str:
    """Return where The Things Stack publishes a device's uplinks."""
    return f"v3/{application}/devices/{device_id}/up"


def tts_uplink(
    device_id: str,
    dev_eui: str,
    at_us: int,
    decoded: Mapping[str, Any],
    *,
    rssi_dbm: float,
    snr_db: float,
    frame_count: int,
    model_id: str = "",
) -> bytes:
    """Return an uplink whose payload a formatter decoded; ``at_us`` is the gateway's time."""
    reception = {"gateway_ids": {"gateway_id": "xitang-gw01"}}
    uplink = {
        "session_key_id": "AXA50tHQt",
        "f_port": 85,
        "decoded_payload": dict(decoded),
        "rx_metadata": [reception | _present({"rssi": rssi_dbm, "snr": snr_db})],
        "settings": {"frequency": "868300000", "time": format_rfc3339(at_us)},
        "received_at": format_rfc3339(at_us + SECOND_US // 5),
    }
    version = {"brand_id": "milesight-iot", "model_id": model_id} if model_id else None
    return orjson.dumps(
        {
            "end_device_ids": {
                "device_id": device_id,
                "application_ids": {"application_id": "traps"},
                "dev_eui": dev_eui.upper(),
            },
            "received_at": format_rfc3339(at_us + SECOND_US // 4),
            "uplink_message": uplink | _present({"f_cnt": frame_count, "version_ids": version}),
        }
    )


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
