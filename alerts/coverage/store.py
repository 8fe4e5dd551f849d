"""SQL of coverage: one function a query."""

from datetime import date, datetime
from typing import NamedTuple

from alerts.coverage.model import Frozen, Span
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.coverage")


class Heard(NamedTuple):
    """When anything was received last, and when a good value was."""

    received_at: datetime | None
    good_received_at: datetime | None


class Refreshed(NamedTuple):
    """Which moment the present stages are of, and how long they took."""

    as_of: datetime
    duration_ms: int


def refresh_stages(connection: Connection, now: datetime) -> Heard:
    """Bring every restaurant's present stage up to date."""
    row = connection.execute(_QUERIES["refresh_stages"], {"now": now}).fetchone()
    assert row is not None, "aggregates without GROUP BY return one row"
    return Heard(*row)


def count_stages(connection: Connection) -> None:
    """Count the present stages anew."""
    connection.execute(_QUERIES["clear_counts"])
    connection.execute(_QUERIES["count_stages"])


def save_state(connection: Connection, heard: Heard, now: datetime, duration_ms: int) -> None:
    """Keep which moment the present stages are of."""
    parameters = {**heard._asdict(), "now": now, "duration_ms": duration_ms}
    connection.execute(_QUERIES["save_state"], parameters)


def select_refreshed(connection: Connection) -> Refreshed | None:
    """Return when the present stages were computed; None: never."""
    row = connection.execute(_QUERIES["select_refreshed"]).fetchone()
    return None if row is None else Refreshed(*row)


def select_device_ranges(connection: Connection, count_max: int) -> list[tuple[int, int]]:
    """Return the first and last number of ranges of at most so many devices."""
    rows = connection.execute(_QUERIES["select_device_ranges"], {"count_max": count_max})
    return [(int(first), int(last)) for first, last in rows]


def compute_device_days(
    connection: Connection, day: date, device_range: tuple[int, int], now: datetime
) -> int:
    """Compute a range's device-days of one county day; return how many are new or changed."""
    span = Span.of_day(day)
    parameters = {
        "day": day,
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
        "first_id": device_range[0],
        "last_id": device_range[1],
        "now": now,
    }
    return connection.execute(_QUERIES["compute_device_days"], parameters).rowcount


def select_last_frozen(connection: Connection, span: str, starts_on: date) -> Frozen | None:
    """Return the newest revision of a day or month."""
    parameters = {"span": span, "starts_on": starts_on}
    row = connection.execute(_QUERIES["select_last_frozen"], parameters).fetchone()
    return None if row is None else Frozen(*row)


def select_newest_day(connection: Connection) -> date | None:
    """Return the last day that was frozen; the one before the register began; None: no device."""
    row = connection.execute(_QUERIES["select_newest_day"]).fetchone()
    found: date | None = row[0] if row else None
    return found


def freeze(
    connection: Connection,
    frozen: Frozen,
    days: Span,
    *,
    funnel_of: int | None,
    with_present: bool,
    reason: str,
    frozen_by: str,
    now: datetime,
) -> Frozen:
    """Store a revision with its counts and sums; return it with its number."""
    assert not (with_present and funnel_of), "one funnel, or none"
    parameters = {
        **frozen._asdict(),
        "first": days.first,
        "end": days.end,
        "funnel_of": funnel_of,
        "with_present": with_present,
        "reason": reason,
        "frozen_by": frozen_by,
        "now": now,
    }
    row = connection.execute(_QUERIES["freeze"], parameters).fetchone()
    assert row is not None, "INSERT returns the new number"
    stored = frozen._replace(coverage_freeze_id=int(row[0]))
    connection.execute(_QUERIES["fill"], {**parameters, **stored._asdict()})
    return stored


def have_same_sums(connection: Connection, one: Frozen, other: Frozen) -> bool:
    """Return whether the device-days of two freezes add up to the same."""
    parameters = {"one_id": one.coverage_freeze_id, "other_id": other.coverage_freeze_id}
    row = connection.execute(_QUERIES["have_same_sums"], parameters).fetchone()
    return bool(row and row[0])
