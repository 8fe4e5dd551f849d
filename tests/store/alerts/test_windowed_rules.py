"""Windowed rules live, step by step on a real database, are the rules of the replay."""

from dataclasses import replace

import numpy as np
import pytest

from alerts.replays.county import replay_county
from alerts.replays.past import Past
from alerts.rules.catalogue import load_catalogue
from alerts.rules.kinds import KINDS
from alerts.rules.rulebook import RuleBook
from alerts.seed import seed_rules
from alerts.store import select_rules
from alerts.timers import cluster, windowed
from alerts.windowed import store as windowed_store
from alerts.windowed.indicator import Cadence
from core.db import Connection, connect
from core.instant import DAY_US, HOUR_US, from_us, to_us
from core.reading_batch import ReadingBatch
from core.registry.model import Registry
from core.registry.store import select_devices
from ingest.store import copy_readings
from scoring.simulated_past import past_of
from simulators.history import DEFAULT_START_US, SimulatedHistory, simulate
from simulators.plan.rates import EpisodeRates
from simulators.reporting import Reporting
from trapwatch.demo import store as demo_store

_TRAPS, _DAYS = 10, 14
#: So many faults that every windowed rule has something to say within days.
_RATES = EpisodeRates(
    blockage_partial=0.5, leak=0.6, night_dump=0.6, draw_down=0.6, pump_out_incomplete=0.5,
    overdue=0.5, over_flow=0.6, sensor_stuck=0.5, tamper=0.6, bypass=0.4, quiet_days=4,
)  # fmt: skip
#: Those that are judged by windows of one trap.
WINDOWED = [r.code for r in load_catalogue() if KINDS[r.kind].indicator is not None]


@pytest.fixture(scope="module")
def history() -> SimulatedHistory:
    return simulate(5, _TRAPS, _DAYS, Reporting.named("20min"), rates=_RATES)


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
    good: ReadingBatch = past.readings
    return replace(past, registry=registry, readings=good, dips={}, closures={})


def test_live_and_replayed_windowed_rules_raise_the_same(
    database_url: str, history: SimulatedHistory
) -> None:
    with connect(database_url, "test") as connection:
        seed_rules(connection, from_us(history.start_us))
        put_down(connection, history)
        past = as_stored(connection, past_of(history, 1_200))
        rules = [r for r in select_rules(connection) if r.definition.code in WINDOWED]
        rulebook = RuleBook(rules)
        for device in past.registry:
            rulebook.put(device)
        expected = sorted(
            (e.rule.code, e.subject.ref, e.started_at_us, e.fired_at_us, e.ended_at_us, e.severity)
            for e in replay_county(rulebook, past)
        )
        assert len({code for code, *_ in expected}) >= 8, "the history has something for most rules"
        for cadence in Cadence:
            windowed_store.advance_cursor(connection, cadence, history.start_us)
        for now_us in range(history.start_us, history.end_us + HOUR_US, 3 * HOUR_US):
            for cadence in Cadence:
                with connection.transaction():
                    windowed.run_once(connection, now_us, cadence=cadence)
        found = connection.execute(
            b"SELECT rule_code, trap_id::text, started_at, fired_at, ended_at, severity FROM alert"
        ).fetchall()
    until_us = history.end_us - 2 * DAY_US
    live = sorted((c, t, to_us(s), to_us(f), e and to_us(e), v) for c, t, s, f, e, v in found)
    # Near the end the replay sees more than the last steps of the live run did.
    assert [row for row in live if row[3] < until_us and (row[4] or 0) < until_us] == [
        row for row in expected if row[3] < until_us and (row[4] or 0) < until_us
    ]


def test_a_second_run_at_the_same_time_does_nothing(
    database_url: str, history: SimulatedHistory
) -> None:
    now_us = DEFAULT_START_US + 5 * DAY_US
    with connect(database_url, "test") as connection:
        seed_rules(connection, from_us(history.start_us))
        put_down(connection, history)
        for _ in range(2):
            for cadence in Cadence:
                with connection.transaction():
                    windowed.run_once(connection, now_us, cadence=cadence)
        alerts = connection.execute(b"SELECT count(*) FROM alert").fetchone()
        with connection.transaction():
            assert windowed.run_once(connection, now_us, cadence=Cadence.HOURLY) == 0
            assert cluster.run_once(connection, now_us) == 0
        assert connection.execute(b"SELECT count(*) FROM alert").fetchone() == alerts
