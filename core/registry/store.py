"""Reads the device register from the database."""

from collections.abc import Sequence

from core.db import Connection, Row
from core.registry.model import DeviceEntry, TrapEntry
from core.sql import load_queries

_QUERIES = load_queries("core.registry")


def select_devices(
    connection: Connection, device_ids: Sequence[int] | None = None
) -> list[DeviceEntry]:
    """Return the named devices, or all of them; unknown numbers are left out."""
    wanted = None if device_ids is None else list(device_ids)
    cursor = connection.execute(_QUERIES["select_devices"], {"device_ids": wanted})
    return [_device(row) for row in cursor]


def _device(row: Row) -> DeviceEntry:
    trap = TrapEntry(*row[7:]) if row[7] is not None else None
    columns: Row = (*row[:7], trap)
    return DeviceEntry(*columns)
