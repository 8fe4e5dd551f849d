"""The notation of promtool for the values of a series. Pure.

``60 70 80x3 _x4 82 60x10``: one value an interval. ``axn`` is a, then n times a again; ``a+bxn``
and ``a-bxn`` change it by b each time; ``_`` is a missing value, ``_xn`` n of them; ``NaN`` is a
reading without a number.
"""

import math
import re

_NUMBER = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_RUN = re.compile(rf"(-?{_NUMBER}|NaN)(?:([+-]{_NUMBER})?x(\d+))?")
_MISSING = re.compile(r"_(?:x(\d+))?")
_COUNT_MAX = 100_000


def parse_values(notation: str) -> list[float | None]:
    """Return the values in order; None: no reading.

    Raises: ValueError: a word that is not of the notation, or too many values.
    """
    values: list[float | None] = []
    for word in notation.split():
        values += _values(word)
        if len(values) > _COUNT_MAX:
            raise ValueError(f"values: at most {_COUNT_MAX} expected")
    return values


def _values(word: str) -> list[float | None]:
    if (missing := _MISSING.fullmatch(word)) is not None:
        return [None] * _count(missing[1] or "1")
    run = _RUN.fullmatch(word)
    if run is None:
        raise ValueError(f"{word!r}: a value, axn, a+bxn, a-bxn, NaN, _ or _xn expected")
    first = math.nan if run[1] == "NaN" else float(run[1])
    step = float(run[2] or 0)
    return [first + step * n for n in range(_count(run[3] or "0") + 1)]


def _count(digits: str) -> int:
    count = int(digits)
    if count > _COUNT_MAX:
        raise ValueError(f"values: at most {_COUNT_MAX} expected, {count} asked for")
    return count
