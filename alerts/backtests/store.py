"""SQL of backtests: stored history as a past that rules can be replayed on. Only reads."""

from collections.abc import Sequence

import numpy as np

from alerts.backtests.comparison import Occurrence
from alerts.papers.store import select_papers
from alerts.replays.past import Past
from core.copy_format import decode_readings
from core.db import Connection
from core.instant import MINUTE_US, from_us, to_us
from core.registry.model import DeviceEntry, Registry
from core.registry.store import select_devices
from core.sql import load_queries

_QUERIES = load_queries("alerts.backtests")


def select_judged_devices(connection: Connection) -> list[DeviceEntry]:
    """Return the devices in service on traps, as the register has them now."""
    device_ids = [row[0] for row in connection.execute(_QUERIES["select_judged_devices"])]
    return list(select_devices(connection, device_ids))


def select_past(
    connection: Connection, devices: Sequence[DeviceEntry], from_us_: int, to_us_: int
) -> Past:
    """Return what came from devices in [from, to], in order of arrival, and their traps' papers.

    It begins with the first reading: before it nobody listened, so nobody was silent.
    """
    parameters = {
        "device_ids": [device.device_id for device in devices],
        "from_at": from_us(from_us_),
        "to_at": from_us(to_us_),
    }
    stream = bytearray()
    with connection.cursor().copy(_QUERIES["copy_readings"], parameters) as copy:
        for block in copy:
            stream += block
    readings = decode_readings(stream)
    arrival = np.lexsort((readings.metric, readings.measured_at_us, readings.received_at_us))
    if len(readings):
        heard_us = int(readings.received_at_us.min())
        from_us_ = max(from_us_, heard_us - heard_us % MINUTE_US)
    traps = [device.trap for device in devices if device.trap is not None]
    papers = select_papers(connection, traps, from_us_, to_us_)
    return Past(from_us_, to_us_, Registry(devices), readings.take(arrival), papers)


def select_recorded(connection: Connection, from_us_: int, to_us_: int) -> list[Occurrence]:
    """Return the alerts that fired in [from, to] as they stand in the records."""
    parameters = {"from_at": from_us(from_us_), "to_at": from_us(to_us_)}
    return [
        Occurrence(
            rule_code,
            dedup_key.split(":", 1)[1],
            trap_code,
            severity,
            to_us(fired_at),
            None if ended_at is None else to_us(ended_at),
            is_told,
        )
        for dedup_key, rule_code, trap_code, severity, fired_at, ended_at, is_told in (
            connection.execute(_QUERIES["select_recorded"], parameters)
        )
    ]
