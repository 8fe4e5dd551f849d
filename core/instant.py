"""Points in time as integer microseconds since the Unix epoch (UTC).

The ingest path and the rules calculate with these integers; datetime objects exist only at the
edges (JSON, SQL parameters, people). Pure: nothing here reads a clock.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 3_600 * SECOND_US
DAY_US = 24 * HOUR_US

_MICROSECOND = timedelta(microseconds=1)

#: Instants that every part (PostgreSQL, Python, JSON) can hold; outside it a message is rejected.
#: The upper end is where a 32-bit unsigned Unix clock ends (2106-02-07).
INSTANT_MIN_US = 0
INSTANT_MAX_US = 0xFFFFFFFF * SECOND_US


def to_us(moment: datetime) -> int:
    """Return an aware datetime as integer microseconds since the epoch.

    Raises: ValueError: ``moment`` carries no UTC offset.
    """
    if moment.tzinfo is None:
        raise ValueError("time without UTC offset")
    return (moment - EPOCH) // _MICROSECOND


def from_us(instant_us: int) -> datetime:
    """Return the aware UTC datetime of an instant in microseconds."""
    return EPOCH + timedelta(microseconds=instant_us)


def format_rfc3339(instant_us: int) -> str:
    """Return an instant as RFC 3339 in UTC with ``Z``; fractions only where there are any."""
    return from_us(instant_us).isoformat().replace("+00:00", "Z")
