"""What codecs share: identifiers, times, and the vendor fields that become metrics.

Pure. A rule that two payload families need stands here once.
"""

import math
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from core.errors import DecodeError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, to_us
from core.reading import METRIC_BY_LABEL, Metric, Quality, normalise_uid

UID_CHARS_MAX = 64


class Value(NamedTuple):
    """One field's number and whether the device itself vouches for it."""

    number: float
    quality: Quality = Quality.GOOD


#: The device says that it has no number to give.
FAULT = Value(math.nan, Quality.SENSOR_FAULT)

#: Field value as parsed from JSON -> Value, or None where the field says nothing.
Parse = Callable[[object], Value | None]


class FieldRule(NamedTuple):
    """One vendor field (several spellings over firmware versions) and the metric it becomes."""

    names: tuple[str, ...]
    metric: Metric
    parse: Parse


@lru_cache(maxsize=65_536)
def device_uid(raw: str) -> str:
    """Return a device identifier in the registry's spelling.

    Raises: DecodeError: empty, longer than 64 characters, or holding unprintable ones.
    """
    uid = normalise_uid(raw)
    if not uid or len(uid) > UID_CHARS_MAX or not uid.isprintable():
        raise DecodeError(
            f"device: 1..{UID_CHARS_MAX} printable characters expected, {raw[:80]!r} seen"
        )
    return uid


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
        instant = to_us(moment)
    elif math.isfinite(moment):
        instant = round(moment * 1_000)
    else:
        raise DecodeError("measured_at: a finite number expected")
    if not INSTANT_MIN_US <= instant <= INSTANT_MAX_US:
        raise DecodeError(f"measured_at: a time from 1970 to 2106 expected, {moment} seen")
    return instant


def number(factor: float = 1.0) -> Parse:
    """Return a parser of a JSON number, or of one inside a string such as ``"3.402 V"``.

    A string without a leading number means that the device has none ("No Sensor"): a fault.
    """

    def parse(raw: object) -> Value | None:
        if isinstance(raw, bool):
            return None
        if isinstance(raw, (int, float)):
            return Value(raw * factor) if math.isfinite(raw) else FAULT
        if isinstance(raw, str):
            found = _LEADING_NUMBER.match(raw)
            return Value(float(found[0]) * factor) if found else FAULT
        return None

    return parse


def magnitude(raw: object) -> Value | None:
    """Parse an angle whose sign a vendor's decoder gets wrong."""
    value = number()(raw)
    return None if value is None else value._replace(number=abs(value.number))


def flag(raw: object) -> Value | None:
    """Parse true or 1, false or 0; anything else says nothing."""
    return Value(float(raw)) if isinstance(raw, int) and raw in {0, 1} else None


def contact(raw: object) -> Value | None:
    """Parse a magnetic contact: ``open``/``opened`` is 1, ``close``/``closed`` 0."""
    return _CONTACTS.get(raw) if isinstance(raw, str) else None


_LEADING_NUMBER = re.compile(r"\s*[-+]?\d{1,15}(\.\d{1,15})?")
_CONTACTS = {"open": Value(1.0), "opened": Value(1.0), "close": Value(0.0), "closed": Value(0.0)}
