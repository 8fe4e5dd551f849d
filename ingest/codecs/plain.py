"""Plain field names (``level_cm``, ``flow_rate``) to metrics: a table of names, one of units.

For devices that are no model of ours and for formats that name the unit beside the number (SenML).
The unit is, in this order, the text behind a number in a string, the unit that the format states,
the name's ending, and for a bare name the metric's own.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from core.errors import DecodeError
from core.reading import Metric
from ingest.codecs.fields import (
    FAULT,
    LENGTH_MM,
    TEMPERATURE_C,
    VOLTAGE_V,
    Units,
    Value,
    contact,
    flag,
    number,
    number_and_unit,
)

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_FLOW_LPS: Units = {
    **dict.fromkeys(("L/s", "l/s", "lps"), 1.0),
    **dict.fromkeys(("L/min", "l/min", "lpm"), 1 / 60),
    **dict.fromkeys(("L/h", "l/h", "lph"), 1 / 3_600),
    **dict.fromkeys(("m3/h", "m³/h", "m3h", "m3ph"), 1_000 / 3_600),
    **dict.fromkeys(("m3/s", "m³/s", "m3s"), 1_000.0),
}
_VOLUME_L: Units = {**dict.fromkeys(("L", "l"), 1.0), **dict.fromkeys(("m3", "m³"), 1_000.0)}
_TILT_DEG: Units = {**dict.fromkeys(("°", "deg"), 1.0), "rad": 57.29577951308232}
_SHARE_PCT: Units = {**dict.fromkeys(("%", "%EL", "/100", "pct", "percent"), 1.0), "/": 100.0}

#: Unit texts and name endings to factors. SenML's own are those of RFC 8428 §12.1 and RFC 8798 §3
#: (secondary units); the others are how vendors write them.
UNITS: Mapping[Metric, Units] = {
    **dict.fromkeys(
        (Metric.LEVEL_MM, Metric.DISTANCE_MM, Metric.FOG_MM, Metric.SOLIDS_MM), LENGTH_MM
    ),
    Metric.FLOW_LPS: _FLOW_LPS,
    Metric.VOLUME_L: _VOLUME_L,
    Metric.COVER_OPEN: {"open": 1.0},
    Metric.TILT_DEG: _TILT_DEG,
    Metric.TEMPERATURE_C: {**TEMPERATURE_C, "Cel": 1.0, "℃": 1.0, "c": 1.0, "cel": 1.0},
    Metric.BATTERY_PCT: _SHARE_PCT,
    Metric.BATTERY_V: {**VOLTAGE_V, "v": 1.0, "mv": 0.001},
    Metric.RSSI_DBM: {"dBm": 1.0, "dbm": 1.0},
    Metric.SNR_DB: {"dB": 1.0, "db": 1.0},
}

#: No name of ours is longer, and the cache of names shall not hold a sender's long ones.
_NAME_CHARS_MAX = 32


class _Name(NamedTuple):
    """What a name may mean, decided by the unit; without one, the first in the metric's unit.

    Not ``is_bare_known``: senders differ, so a number without a unit says nothing.
    """

    metrics: tuple[Metric, ...]
    is_bare_known: bool = True


_NAMES: Mapping[str, _Name] = {
    "level": _Name((Metric.LEVEL_MM,)),
    "liquid_level": _Name((Metric.LEVEL_MM,)),
    # EM500-SWL means centimetres by these two, others metres: a factor of 100 is not guessed.
    "water_level": _Name((Metric.LEVEL_MM,), is_bare_known=False),
    "depth": _Name((Metric.LEVEL_MM,), is_bare_known=False),
    "distance": _Name((Metric.DISTANCE_MM,)),
    "fog": _Name((Metric.FOG_MM,)),
    "solids": _Name((Metric.SOLIDS_MM,)),
    "flow": _Name((Metric.FLOW_LPS,)),
    "flow_rate": _Name((Metric.FLOW_LPS,)),
    "volume": _Name((Metric.VOLUME_L,)),
    "cover": _Name((Metric.COVER_OPEN,)),
    "tilt": _Name((Metric.TILT_DEG,)),
    "angle": _Name((Metric.TILT_DEG,)),
    "temperature": _Name((Metric.TEMPERATURE_C,)),
    "temp": _Name((Metric.TEMPERATURE_C,)),
    "battery": _Name((Metric.BATTERY_PCT, Metric.BATTERY_V)),
    "battery_level": _Name((Metric.BATTERY_PCT,)),
    "battery_voltage": _Name((Metric.BATTERY_V,)),
    "voltage": _Name((Metric.BATTERY_V,)),
    "bat": _Name((Metric.BATTERY_PCT, Metric.BATTERY_V), is_bare_known=False),
    "rssi": _Name((Metric.RSSI_DBM,)),
    "snr": _Name((Metric.SNR_DB,)),
}


class Plain(NamedTuple):
    """A name that is understood; ``unit`` is the one in it, such as ``cm`` of ``level_cm``."""

    name: str
    metrics: tuple[Metric, ...]
    unit: str = ""
    is_bare_known: bool = True


def plain_of(name: str) -> Plain | None:
    """Return what a field's name means (``level``, ``flow_lpm``, ``batteryVoltage``), or None."""
    return _plain_of(name) if len(name) <= _NAME_CHARS_MAX else None


@lru_cache(maxsize=4_096)
def _plain_of(name: str) -> Plain | None:
    snake = _CAMEL_HUMP.sub("_", name).replace("-", "_").casefold()
    if snake in _NAMES:
        metrics, is_bare_known = _NAMES[snake]
        return Plain(name, metrics, is_bare_known=is_bare_known)
    base, _, unit = snake.rpartition("_")
    metrics = _NAMES[base].metrics if base in _NAMES else ()
    metrics = tuple(metric for metric in metrics if unit in UNITS[metric])
    return Plain(name, metrics, unit) if metrics else None


def plain_value(plain: Plain, raw: object, unit: str = "") -> tuple[Metric, Value] | None:
    """Return a field's metric and value in the metric's unit; None where the field says nothing.

    ``unit`` is what the format itself says about the number; it wins over the name's ending. Text
    that is no number with a known unit is the device's word that it has none: a fault.

    Raises: DecodeError: ``unit`` is none that the metric can be measured in.
    """
    first = plain.metrics[0]
    if first is Metric.COVER_OPEN:
        opened = contact(raw) if isinstance(raw, str) else flag(raw)
        return None if opened is None else (first, opened)
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return None
    if isinstance(raw, str):
        parts = number_and_unit(raw)
        if parts is None or (parts[1] and _scale(plain, parts[1]) is None):
            return first, FAULT
        raw, unit = parts[0], parts[1] or unit
    if not (unit or plain.unit or plain.is_bare_known):
        return None
    scale = _scale(plain, unit or plain.unit)
    if scale is None:
        known = [text for metric in plain.metrics for text in UNITS[metric]]
        raise DecodeError(
            f"unit of {plain.name[:80]}: one of {', '.join(known)} expected, {unit[:20]!r} seen"
        )
    metric, factor = scale
    value = number(factor)(raw)
    if value is not None and metric is Metric.TILT_DEG:
        value = value._replace(number=abs(value.number))
    return None if value is None else (metric, value)


def plain_values(fields: Mapping[str, object]) -> list[tuple[Metric, Value]]:
    """Return what the fields of a flat object say, each metric once, in the metrics' order.

    Where two names say the same metric, our own name wins, then the first.
    """
    found: dict[Metric, Value] = {}
    for name, raw in fields.items():
        plain = plain_of(name)
        said = None if plain is None else plain_value(plain, raw)
        if said is not None and (said[0] not in found or name == said[0].label):
            found[said[0]] = said[1]
    return sorted(found.items(), key=lambda said: said[0])


def _scale(plain: Plain, unit: str) -> tuple[Metric, float] | None:
    if not unit:
        return plain.metrics[0], 1.0
    return next(
        ((metric, UNITS[metric][unit]) for metric in plain.metrics if unit in UNITS[metric]), None
    )
