"""A simulated history in the database, as if it had come through the product."""

from dataclasses import replace

import numpy as np

from alerts.replays.past import Past
from core.db import Connection
from core.instant import from_us
from core.registry.model import Registry
from core.registry.store import select_devices
from ingest.store import copy_readings
from simulators.history import SimulatedHistory
from simulators.plan.rates import EpisodeRates
from trapwatch.demo import store as demo_store

#: So many faults that every rule over windows has something to say within days.
BUSY = EpisodeRates(
    blockage_partial=0.5, leak=0.6, night_dump=0.6, draw_down=0.6, pump_out_incomplete=0.5,
    overdue=0.5, over_flow=0.6, sensor_stuck=0.5, tamper=0.6, bypass=0.4, quiet_days=4,
)  # fmt: skip


def put_down(connection: Connection, history: SimulatedHistory) -> None:
    """Write a simulated history as the product would have it in the end."""
    county, start = history.county, from_us(history.start_us)
    with connection.transaction():
        demo_store.insert_towns(connection, county.towns)
        demo_store.insert_restaurants(
            connection, county.restaurants, permit_valid_to=start.date(), created_at=start
        )
        demo_store.insert_traps(
            connection, county.traps, cleaning_interval_days=7, cleaning_basis="t", created_at=start
        )
        demo_store.insert_gateways(connection, county.gateways, start)
        demo_store.insert_devices(connection, county.devices, report_interval_s=1_200, as_of=start)
        for trap in county.traps:
            connection.execute(
                b"UPDATE trap SET cleaning_interval_days = %s WHERE code = %s",
                (trap.cleaning_interval_days, trap.code),
            )
        for job in history.jobs:
            connection.execute(
                b"INSERT INTO job (trap_id, kind, state, planned_from, planned_to, opened_at,"
                b" closed_at, created_at) SELECT trap_id, %s, 'closed', %s, %s, %s, %s, %s"
                b" FROM trap WHERE code = %s",
                (job.kind, *map(from_us, job[2:]), job.trap_code),
            )
        for n, out in enumerate(history.pump_outs):
            connection.execute(
                b"WITH filed AS (INSERT INTO pump_out (source, trap_id, pumped_at, filed_at,"
                b" volume_l, hauler, disposer, manifest_no) SELECT 'manifest', trap_id, %s, %s,"
                b" %s, %s, 'd', %s FROM trap WHERE code = %s RETURNING pump_out_id)"
                b" INSERT INTO pump_out_confirmation SELECT pump_out_id, party, 'x', at"
                b" FROM filed, unnest(%s::text[], %s::timestamptz[]) AS u (party, at)",
                (
                    from_us(out.at_us), from_us(out.filed_us), out.volume_l, out.hauler, str(n),
                    out.trap_code, list(out.confirmations),
                    [from_us(at) for at in out.confirmations.values()],
                ),
            )  # fmt: skip
    readings = history.readings
    order = np.lexsort((readings.metric, readings.device_id, readings.measured_at_us))
    sorted_ = readings.take(order)
    key = np.stack([sorted_.device_id, sorted_.metric, sorted_.measured_at_us])
    first = np.concatenate([[True], (np.diff(key, axis=1) != 0).any(axis=0)])
    copy_readings(connection, sorted_.take(first))


def as_stored(connection: Connection, past: Past) -> Past:
    """Return the past with the register as it stands in the database."""
    registry = Registry(select_devices(connection))
    assert [d.uid for d in registry] == [d.uid for d in past.registry]
    assert [d.trap and d.trap.code for d in registry] == [
        d.trap and d.trap.code for d in past.registry
    ]
    return replace(past, registry=registry, papers=replace(past.papers, dips={}, closures={}))
