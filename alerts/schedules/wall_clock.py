"""Local wall times as instants, and runs of instants. Pure.

A wall time that exists twice (clocks go back) is the first of the two; one that does not exist
(clocks go forward) is read with the offset before the change (RFC 5545 §3.3.5). Python's
``fold=0`` (PEP 495) is the same rule.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from core.errors import ConfigError
from core.instant import from_us, to_us

#: [from, to) in microseconds.
Run = tuple[int, int]


def zone_of(name: str) -> ZoneInfo:
    """Return an IANA zone.

    Raises: ConfigError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a strange key, a directory, an unknown name
        raise ConfigError(f"no IANA time zone is called {name!r}") from None


def instant_us(day: date, clock: time, zone: ZoneInfo) -> int:
    """Return the instant at which clocks in ``zone`` show ``clock`` on ``day``."""
    return to_us(datetime.combine(day, clock, tzinfo=zone))


def local_day(at_us: int, zone: ZoneInfo) -> date:
    """Return the date that calendars in ``zone`` show."""
    return from_us(at_us).astimezone(zone).date()


def merge(runs: Iterable[Run]) -> list[Run]:
    """Return runs in order, those that touch or overlap as one, empty ones left out."""
    merged: list[Run] = []
    for start_us, end_us in sorted(runs):
        if start_us >= end_us:
            continue
        if merged and start_us <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_us))
        else:
            merged.append((start_us, end_us))
    return merged


def clip(runs: Iterable[Run], from_us_: int, to_us_: int) -> list[Run]:
    """Return the parts of runs within [from, to)."""
    parts = ((max(start, from_us_), min(end, to_us_)) for start, end in runs)
    return [(start, end) for start, end in parts if start < end]
