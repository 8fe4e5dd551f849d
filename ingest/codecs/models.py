"""Device models behind a network server: which decoded field becomes which metric.

Adding a model is a row here plus a golden folder (docs/adding-a-codec.md). Fields that are not
listed are ignored; an absent field is no reading, never zero (proto3 JSON drops zeros).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.reading import Metric, Quality
from ingest.codecs.fields import (
    FAULT,
    LENGTH_MM,
    TEMPERATURE_C,
    VOLTAGE_V,
    FieldRule,
    Parse,
    Value,
    contact,
    flag,
    magnitude,
    number,
)

#: Milesight EM310-UDL user guide: measuring range 3..450 cm.
EM310_UDL_BLIND_MM = 30.0
#: Dragino LDDS75 manual, §1.3: blind zone 280 mm ("Invalid Reading" when closer).
LDDS75_BLIND_MM = 280.0


class Model(NamedTuple):
    """How one device model names its fields; ``shape`` are fields only this model sends."""

    fields: tuple[FieldRule, ...]
    shape: frozenset[str]


def distance(blind_mm: float) -> Parse:
    """Return a parser of millimetres in which anything closer than ``blind_mm`` is blind."""
    read = number(units=LENGTH_MM)

    def parse(raw: object) -> Value | None:
        if raw == "Invalid Reading":  # the sensor's own word for "too close"
            return Value(FAULT.number, Quality.BLIND_ZONE)
        value = read(raw)
        if value is not None and value.number < blind_mm:
            return value._replace(quality=Quality.BLIND_ZONE)
        return value

    return parse


DEVICE_MODELS: Mapping[str, Model] = {
    # Milesight SensorDecoders, em-series/em500-swl: depth in cm; older firmware: water_level.
    "EM500-SWL": Model(
        (
            FieldRule(("depth", "water_level"), Metric.LEVEL_MM, number(10.0, LENGTH_MM)),
            FieldRule(("battery",), Metric.BATTERY_PCT, number()),
        ),
        frozenset(),  # others send a depth too, in other units
    ),
    # Milesight SensorDecoders, em-series/em310-udl: distance in mm, position normal|tilt.
    "EM310-UDL": Model(
        (
            FieldRule(("distance",), Metric.DISTANCE_MM, distance(EM310_UDL_BLIND_MM)),
            FieldRule(("battery",), Metric.BATTERY_PCT, number()),
        ),
        frozenset({"distance", "position"}),
    ),
    # Milesight SensorDecoders, em-series/em310-tilt: degrees; flat is x = y = 0, z = 90.
    "EM310-TILT": Model(
        (
            FieldRule(("tilt",), Metric.TILT_DEG, magnitude),
            FieldRule(("battery",), Metric.BATTERY_PCT, number()),
        ),
        frozenset({"angle_x", "angle_y", "angle_z"}),
    ),
    # Milesight SensorDecoders, em-series/em300-mcs: a door contact as a cheap cover sensor.
    "EM300-MCS": Model(
        (
            FieldRule(("magnet_status",), Metric.COVER_OPEN, contact),
            FieldRule(("temperature",), Metric.TEMPERATURE_C, number()),
            FieldRule(("battery",), Metric.BATTERY_PCT, number()),
        ),
        frozenset({"magnet_status"}),
    ),
    # Dragino end-node-decoder, LDDS75 v1.1.4: numbers inside strings, "No Sensor".
    "LDDS75": Model(
        (
            FieldRule(("Distance",), Metric.DISTANCE_MM, distance(LDDS75_BLIND_MM)),
            FieldRule(("Bat",), Metric.BATTERY_V, number(units=VOLTAGE_V)),
            FieldRule(("TempC_DS18B20",), Metric.TEMPERATURE_C, number(units=TEMPERATURE_C)),
        ),
        frozenset({"Distance", "Bat"}),
    ),
    # Dingtek Chirpstack_codec, DC413 v1.0: level is the distance below the cover in mm (its alarm
    # threshold is "full at 15..255 cm"); its operator precedence makes every angle negative.
    "DC413": Model(
        (
            FieldRule(("level",), Metric.DISTANCE_MM, number(units=LENGTH_MM)),
            FieldRule(("alarmFall",), Metric.COVER_OPEN, flag),
            FieldRule(("angle",), Metric.TILT_DEG, magnitude),
            FieldRule(("temperature",), Metric.TEMPERATURE_C, number()),
        ),
        frozenset({"alarmFall", "alarmLevel"}),
    ),
}


def model_of(names: Sequence[str], values: Mapping[str, object]) -> Model | None:
    """Return a device's model, or None.

    The first of ``names`` (a tag, the device profile's name) that contains a model's name
    decides, without regard to case, blanks, ``-`` and ``_``; else the fields that only one model
    sends.
    """
    for named in names:
        plain = _squeeze(named)
        for name, model in DEVICE_MODELS.items():
            if _squeeze(name) in plain:
                return model
    for model in DEVICE_MODELS.values():
        if model.shape and model.shape <= values.keys():
            return model
    return None


def _squeeze(name: str) -> str:
    return "".join(c for c in name.casefold() if c not in " -_")
