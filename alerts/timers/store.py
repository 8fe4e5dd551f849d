"""SQL of the timers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alerts.machines.store import SeriesKey
from alerts.rules.parameters import Severity
from core.db import Connection
from core.instant import to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.timers")


@dataclass(frozen=True, slots=True)
class QuietDevice:
    """An active device that has not been heard for a while, or was declared gone (``gone_at``).

    ``alert_id``, ``severity``: of the alert that says so already.
    """

    device_id: int
    report_interval_s: int
    gateway_id: int | None
    heard_at: datetime
    gone_at: datetime | None
    alert_id: int | None
    severity: Severity | None
    trap_id: int
    restaurant_id: int
    restaurant_type: str
    trap_code: str
    town_id: int
    town_code: str


@dataclass(frozen=True, slots=True)
class GatewayState:
    """A gateway with what it says about itself and how many active devices hang on it."""

    gateway_id: int
    online: bool | None
    town_id: int | None
    device_count: int
    alert_id: int | None


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """An open device alert whose device is back."""

    alert_id: int
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class WithheldAlert:
    """An open alert that people were not told of; ``series`` has the machine that follows it."""

    alert_id: int
    series: SeriesKey | None


@dataclass(frozen=True, slots=True)
class Unwatched:
    """An open alert that nobody watches any more: why, and up to when it was judged."""

    alert_id: int
    reason: str
    judged_to: datetime
    series: SeriesKey | None


class Heard(NamedTuple):
    """When a reading of a series was last received, and when one of its device was, in µs."""

    series_us: int
    device_us: int


def select_listening_since(connection: Connection, now: datetime) -> datetime | None:
    """Return since when the workers listen and keep up; None: nobody does now."""
    row = connection.execute(_QUERIES["select_listening_since"], {"now": now}).fetchone()
    return row[0] if row else None


def select_quiet_devices(
    connection: Connection, silence_s_min: float, now: datetime
) -> list[QuietDevice]:
    """Return active devices not heard for ``silence_s_min``, or declared gone since."""
    rows = connection.execute(
        _QUERIES["select_quiet_devices"], {"silence_s_min": silence_s_min, "now": now}
    )
    return [QuietDevice(*row) for row in rows]


def select_gateways(connection: Connection, gateway_ids: Sequence[int]) -> list[GatewayState]:
    """Return the named gateways, those that say they are offline, and those with an open alert."""
    rows = connection.execute(_QUERIES["select_gateways"], {"gateway_ids": list(gateway_ids)})
    return [GatewayState(*row) for row in rows]


def select_heard_again(connection: Connection, receptions_min: int) -> list[HeardAgain]:
    """Return and lock open device alerts whose device was received again."""
    rows = connection.execute(_QUERIES["select_heard_again"], {"receptions_min": receptions_min})
    return [HeardAgain(*row) for row in rows]


def select_withheld(connection: Connection) -> list[WithheldAlert]:
    """Return open alerts that were kept from people for another reason than being late."""
    rows = connection.execute(_QUERIES["select_withheld"], {})
    return [
        WithheldAlert(alert_id, None if device_id is None else (device_id, metric))
        for alert_id, device_id, metric in rows
    ]


def select_quiet_series(connection: Connection, since: datetime) -> dict[SeriesKey, Heard]:
    """Return the series of open, fresh alerts that were not heard since an instant."""
    rows = connection.execute(_QUERIES["select_quiet_series"], {"since": since})
    return {
        (device_id, metric): Heard(to_us(series_at), to_us(device_at))
        for device_id, metric, series_at, device_at in rows
    }


def lock_series(connection: Connection, series: Collection[SeriesKey]) -> list[SeriesKey]:
    """Lock series rows that nobody holds; return them."""
    rows = connection.execute(_QUERIES["lock_series"], _columns(series))
    return [(row[0], row[1]) for row in rows]


def select_unwatched(connection: Connection, now_us: int) -> list[Unwatched]:
    """Return open alerts whose rule, device, trap or sewer is gone."""
    rows = connection.execute(_QUERIES["select_unwatched"], {"now_us": now_us})
    return [
        Unwatched(alert_id, reason, judged_to, None if metric is None else (device, metric))
        for alert_id, reason, judged_to, device, metric in rows
    ]


def select_orphans(connection: Connection) -> set[SeriesKey]:
    """Return the series of machines whose rule or device is gone."""
    return {(row[0], row[1]) for row in connection.execute(_QUERIES["select_orphans"], {})}


def delete_orphans(connection: Connection, series: Collection[SeriesKey]) -> int:
    """Forget machines that nobody watches any more; the series are held. Return how many."""
    deleted = connection.execute(_QUERIES["delete_orphans"], _columns(series)).rowcount
    return deleted + connection.execute(_QUERIES["delete_windowed_orphans"], {}).rowcount


def delete_old_answers(connection: Connection, before: datetime) -> None:
    """Delete answers that were given before a moment."""
    connection.execute(_QUERIES["delete_old_answers"], {"before": before})


def drop_old_readings(connection: Connection, older_than: datetime) -> int:
    """Drop chunks of readings that are wholly older; return how many."""
    return connection.execute(_QUERIES["drop_old_readings"], {"older_than": older_than}).rowcount


def _columns(series: Collection[SeriesKey]) -> dict[str, list[int]]:
    return {
        "device_id": [device_id for device_id, _ in series],
        "metric": [metric for _, metric in series],
    }
