"""SQL of the timers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.machines.store import SeriesKey
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.timers")


@dataclass(frozen=True, slots=True)
class QuietDevice:
    """An active device that has not been heard for a while, or was declared gone (``gone_at``).

    ``is_alerted``: an alert says so already.
    """

    device_id: int
    report_interval_s: int
    gateway_id: int | None
    heard_at: datetime
    gone_at: datetime | None
    is_alerted: bool
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


def lock_series(connection: Connection, series: Collection[SeriesKey]) -> list[SeriesKey]:
    """Lock series rows that nobody holds; return them."""
    parameters = {
        "device_id": [device_id for device_id, _ in series],
        "metric": [metric for _, metric in series],
    }
    rows = connection.execute(_QUERIES["lock_series"], parameters)
    return [(row[0], row[1]) for row in rows]


def drop_old_readings(connection: Connection, older_than: datetime) -> int:
    """Drop chunks of readings that are wholly older; return how many."""
    return connection.execute(_QUERIES["drop_old_readings"], {"older_than": older_than}).rowcount
