"""SQL of streaming machines: what they remember, the episodes they hold, what they look back at."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from alerts.machines.machine import Machine
from alerts.machines.stored import (
    StoredEpisode,
    StoredMachine,
    columns_of,
    keys_of,
    machine_of,
)
from core.db import Connection
from core.instant import from_us, to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.machines")

SeriesKey = tuple[int, int]


def select_machines(
    connection: Connection, device_ids: Sequence[int] | NDArray[np.int32]
) -> list[StoredMachine]:
    """Return what the machines of these devices remember."""
    rows = connection.execute(
        _QUERIES["select_machines"], {"device_ids": np.asarray(device_ids, dtype=np.int32)}
    )
    return [machine_of(row) for row in rows]


def lock_alerts(connection: Connection, alert_ids: Sequence[int]) -> dict[int, StoredEpisode]:
    """Return episodes by number and hold their rows until the transaction ends."""
    if not alert_ids:
        return {}
    rows = connection.execute(_QUERIES["lock_alerts"], {"alert_ids": list(alert_ids)})
    return {row[0]: StoredEpisode(*row) for row in rows}


def select_trails(
    connection: Connection, spans: Mapping[SeriesKey, tuple[int, int]]
) -> dict[SeriesKey, list[tuple[int, float]]]:
    """Return the good readings of series in [from, to), oldest first; instants in µs."""
    trails: dict[SeriesKey, list[tuple[int, float]]] = {key: [] for key in spans}
    if not spans:
        return trails
    rows = connection.execute(
        _QUERIES["select_trails"],
        {
            "device_id": [device_id for device_id, _ in spans],
            "metric": [metric for _, metric in spans],
            "from_at": [from_us(start_us) for start_us, _ in spans.values()],
            "to_at": [from_us(end_us) for _, end_us in spans.values()],
        },
    )
    for device_id, metric, measured_at, value in rows:
        trails[device_id, metric].append((to_us(measured_at), value))
    return trails


def select_due_series(connection: Connection, now_us: int) -> list[SeriesKey]:
    """Lock and return (device_id, metric) of latched machines whose time has come."""
    rows = connection.execute(
        _QUERIES["select_due_series"], {"now_us": now_us, "now": from_us(now_us)}
    )
    return [(row[0], row[1]) for row in rows]


def save_machines(connection: Connection, machines: Sequence[Machine]) -> None:
    """Write machines; those that have nothing to remember lose their row."""
    idle = [machine for machine in machines if machine.is_idle]
    active = [machine for machine in machines if not machine.is_idle]
    if idle:
        connection.execute(_QUERIES["delete_machines"], keys_of(idle))
    if active:
        connection.execute(_QUERIES["upsert_machines"], {**keys_of(active), **columns_of(active)})
