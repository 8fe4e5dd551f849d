"""Durations as they are written on the command line."""

import re

import typer

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def parse_duration(text: str) -> float:
    """Return a duration such as 90s, 15m, 24h or 7d in seconds.

    Raises: typer.BadParameter: anything else.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if found is None:
        raise typer.BadParameter("a number with s, m, h or d expected, e.g. 24h")
    return float(found[1]) * UNITS_S[found[2]]
