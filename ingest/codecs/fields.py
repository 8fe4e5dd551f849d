"""What codecs share: identifiers, times, and the vendor fields that become metrics.

Pure. A rule that two payload families need stands here once.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from core.errors import DecodeError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, to_us
from core.reading import METRIC_BY_LABEL, Metric, Quality, normalise_uid
from ingest.topics import UID_CHARS_MAX


class Value(NamedTuple):
    """One field's number and whether the device itself vouches for it."""

    number: float
    quality: Quality = Quality.GOOD


#: The device says that it has no number to give.
FAULT = Value(math.nan, Quality.SENSOR_FAULT)

#: What a number is multiplied with, by the unit that stands behind it.
Units = Mapping[str, float]
_NO_UNITS: Units = {}
_NUMBER_MAX = 1e15
_NUMBER_WITH_UNIT = re.compile(r"\s*([-+]?\d{1,15}(?:\.\d{1,15})?)\s*(\S*)\s*")

#: Field value as parsed from JSON -> Value, or None where the field says nothing.
Parse = Callable[[object], Value | None]


class FieldRule(NamedTuple):
    """One vendor field (several spellings over firmware versions) and the metric it becomes."""

    names: tuple[str, ...]
    metric: Metric
    parse: Parse


def device_uid(raw: str) -> str:
    """Return a device identifier in the registry's spelling.

    Raises: DecodeError: empty, longer than 64 characters, or holding unprintable ones.
    """
    # Beyond this no cache entry: a sender's long texts shall not stay in memory.
    return _known_uid(raw) if len(raw) <= 2 * UID_CHARS_MAX else _uid(raw)


def _uid(raw: str) -> str:
    uid = normalise_uid(raw)
    if not uid or len(uid) > UID_CHARS_MAX or not uid.isprintable():
        raise DecodeError(
            f"device: 1..{UID_CHARS_MAX} printable characters expected, {raw[:80]!r} seen"
        )
    return uid


_known_uid = lru_cache(maxsize=65_536)(_uid)


def metric_of(label: str) -> Metric:
    """Return the metric of a name such as ``level_mm``.

    Raises: DecodeError: no such metric; the names that exist are listed.
    """
    metric = METRIC_BY_LABEL.get(label)
    if metric is None:
        raise DecodeError(
            f"metric: one of {', '.join(METRIC_BY_LABEL)} expected, {label[:80]!r} seen"
        )
    return metric


def instant_us(moment: datetime | float) -> int:
    """Return a payload's time in microseconds: RFC 3339 with offset, or Unix milliseconds.

    Raises: DecodeError: no offset, not finite, or outside 1970..2106.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise DecodeError("measured_at: a UTC offset or Z expected, none seen")
        instant: float = to_us(moment)
    else:
        instant = moment * 1_000
    # The comparison is false for NaN, and comes before rounding, which fails for huge numbers.
    if not INSTANT_MIN_US <= instant <= INSTANT_MAX_US:
        raise DecodeError(f"measured_at: a time from 1970 to 2106 expected, {moment} seen")
    return round(instant)


LENGTH_MM: Units = {"mm": 1.0, "cm": 10.0, "m": 1_000.0}
VOLTAGE_V: Units = {"V": 1.0, "mV": 0.001}
TEMPERATURE_C: Units = {"°C": 1.0, "C": 1.0}


def number(factor: float = 1.0, units: Units = _NO_UNITS) -> Parse:
    """Return a parser of a JSON number, or of one inside a string such as ``"3.402 V"``.

    ``factor`` applies to plain numbers, ``units`` to numbers that bring their unit. A string that
    is not a number with a known unit means that there is no usable one ("No Sensor"): a fault.
    """

    def parse(raw: object) -> Value | None:
        if isinstance(raw, bool):
            return None
        if isinstance(raw, (int, float)):
            # An int may be longer than any float.
            usable = abs(raw) < _NUMBER_MAX
            return Value(raw * factor) if usable else FAULT
        if isinstance(raw, str):
            found = number_and_unit(raw)
            scale = units.get(found[1]) if found and found[1] else factor
            return FAULT if found is None or scale is None else Value(found[0] * scale)
        return None

    return parse


def number_and_unit(text: str) -> tuple[float, str] | None:
    """Return a text such as ``"3.402 V"`` in its two parts, or None where it is no number."""
    found = _NUMBER_WITH_UNIT.fullmatch(text)
    return None if found is None else (float(found[1]), found[2])


def magnitude(raw: object) -> Value | None:
    """Parse an angle whose sign a vendor's decoder gets wrong."""
    value = number()(raw)
    return None if value is None else value._replace(number=abs(value.number))


def flag(raw: object) -> Value | None:
    """Parse true or 1, false or 0; anything else says nothing."""
    return Value(float(raw)) if isinstance(raw, (int, float)) and raw in {0, 1} else None


def contact(raw: object) -> Value | None:
    """Parse a magnetic contact: ``open``/``opened`` is 1, ``close``/``closed`` 0."""
    return _CONTACTS.get(raw) if isinstance(raw, str) else None


_CONTACTS = {"open": Value(1.0), "opened": Value(1.0), "close": Value(0.0), "closed": Value(0.0)}
