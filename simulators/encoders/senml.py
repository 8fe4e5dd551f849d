"""SenML packs in JSON and CBOR (RFC 8428; units of its §12.1 and of RFC 8798). Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import cbor2
import orjson

from core.instant import SECOND_US
from core.reading import Metric, Reading

_UNITS: Mapping[Metric, str] = {
    Metric.LEVEL_MM: "mm",
    Metric.DISTANCE_MM: "mm",
    Metric.FLOW_LPS: "l/s",
    Metric.VOLUME_L: "l",
    Metric.TILT_DEG: "deg",
    Metric.FOG_MM: "mm",
    Metric.SOLIDS_MM: "mm",
    Metric.TEMPERATURE_C: "Cel",
    Metric.BATTERY_PCT: "%EL",
    Metric.BATTERY_V: "V",
    Metric.RSSI_DBM: "dBm",
    Metric.SNR_DB: "dB",
}
#: RFC 8428 table 4.
_LABELS = {"bn": -2, "bt": -3, "bu": -4, "n": 0, "u": 1, "v": 2, "vb": 4, "t": 6}


def senml_topic(gateway_uid: str, *, cbor: bool = False) -> str:
    """Return where a gateway publishes SenML packs."""
    return f"trapwatch/v1/{gateway_uid}/up/senml{'-cbor' if cbor else ''}"


def senml_json(readings: Iterable[Reading]) -> bytes:
    """Return readings as one pack in JSON."""
    return orjson.dumps(_pack(readings))


def senml_cbor(readings: Iterable[Reading]) -> bytes:
    """Return readings as one pack in CBOR."""
    return cbor2.dumps(
        [{_LABELS[label]: value for label, value in record.items()} for record in _pack(readings)]
    )


def _pack(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """The first record's time is the base time; a base name holds until the device changes."""
    pack: list[dict[str, Any]] = []
    device, base_us = "", 0
    for reading in readings:
        record: dict[str, Any] = {}
        if not pack:
            base_us = reading.measured_at_us
            record["bt"] = base_us / SECOND_US
        if reading.device_uid != device:
            device = reading.device_uid
            record["bn"] = f"{device}:"
        record["n"] = reading.metric.label
        if reading.measured_at_us != base_us:
            record["t"] = (reading.measured_at_us - base_us) / SECOND_US
        if reading.metric is Metric.COVER_OPEN:
            record["vb"] = bool(reading.value)
        else:
            record |= {"u": _UNITS[reading.metric], "v": reading.value}
        pack.append(record)
    return pack
