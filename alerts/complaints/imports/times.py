"""Local times of exports, read in the zone of their source. Pure.

Where clocks are set back an hour happens twice, where they are set forward one is missing. Neither
is guessed in silence: the caller gets a remark along with the instant.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

AMBIGUOUS = "this local time exists twice (clocks were set back): the first was taken"
MISSING = "this local time does not exist (clocks were set forward): read with the offset before"


class LocalTime(NamedTuple):
    """An instant, and what was doubtful about its text."""

    at: datetime
    remark: str | None


def read_time(text: str, formats: Sequence[str], zone: ZoneInfo) -> LocalTime:
    """Return the instant of a text that has one of these formats, or ISO 8601.

    A text with an offset of its own means that instant; any other is a local time of ``zone``.

    Raises: ValueError: none of the formats fits, or there is no such day.
    """
    local = _parse(text, formats)
    if local.tzinfo is not None:
        return LocalTime(local.astimezone(UTC), None)
    first = local.replace(tzinfo=zone, fold=0)
    at = first.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local:
        return LocalTime(at, MISSING)
    if first.utcoffset() != local.replace(tzinfo=zone, fold=1).utcoffset():
        return LocalTime(at, AMBIGUOUS)
    return LocalTime(at, None)


def _parse(text: str, formats: Sequence[str]) -> datetime:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  # the caller adds the zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        expected = " or ".join([*formats, "ISO 8601"])
        raise ValueError(f"a time such as {expected} expected") from None
