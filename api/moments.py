"""Moments that people and other systems state about what has happened."""

from datetime import datetime, timedelta

from core.errors import InvalidRequestError
from core.instant import INSTANT_MIN_US, to_us

#: Clocks of other systems may be a little ahead of ours.
_AHEAD = timedelta(minutes=5)


def check_past(name: str, moment: datetime, now: datetime) -> None:
    """Check that something can have happened at ``moment``.

    Raises: InvalidRequestError: it lies ahead, or before 1970.
    """
    if not INSTANT_MIN_US <= to_us(moment) <= to_us(now + _AHEAD):
        raise InvalidRequestError(f"{name} lies in the future, or before 1970")
