"""Durations as rule files and rule tests write them: 30m, 1h30m, -56y. Pure."""

import re
from typing import Annotated

from pydantic import BeforeValidator

from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US

#: A year is 365 days: it only serves to send clocks back by decades.
_UNITS_US = {
    "y": 365 * DAY_US,
    "w": 7 * DAY_US,
    "d": DAY_US,
    "h": HOUR_US,
    "m": MINUTE_US,
    "s": SECOND_US,
}
_DURATION = re.compile(r"([+-]?)((?:\d+(?:\.\d+)?[ywdhms])+)")
_PART = re.compile(r"(\d+(?:\.\d+)?)([ywdhms])")


def parse_us(text: object) -> int:
    """Return a duration in µs.

    Raises: ValueError: not a number with a unit, or several of them.
    """
    if text == 0 and not isinstance(text, bool):
        return 0
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r}: a duration such as 30m, 1h30m or 2d expected")
    total_us = sum(float(n) * _UNITS_US[unit] for n, unit in _PART.findall(found[2]))
    return -round(total_us) if found[1] == "-" else round(total_us)


def parse_s(text: object) -> float:
    """Return a duration in seconds; plain numbers are seconds already.

    Raises: ValueError: neither.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    return parse_us(text) / SECOND_US


def format_us(duration_us: int) -> str:
    """Return a duration as people write it, e.g. 2h45m."""
    if duration_us == 0:
        return "0s"
    rest, parts = abs(duration_us), []
    for unit in ("d", "h", "m"):
        count, rest = divmod(rest, _UNITS_US[unit])
        if count:
            parts.append(f"{count}{unit}")
    if rest:
        parts.append(f"{rest / SECOND_US:.6f}".rstrip("0").rstrip(".") + "s")
    return ("-" if duration_us < 0 else "") + "".join(parts)


#: A field of a rule test: an offset from its start, or a length; µs.
Offset = Annotated[int, BeforeValidator(parse_us)]
