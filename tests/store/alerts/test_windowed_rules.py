"""Windowed rules live, step by step on a real database, are the rules of the replay."""

import pytest

from alerts.replays.county import replay_county
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
from scoring.simulated_past import past_of
from simulators.history import DEFAULT_START_US, SimulatedHistory, simulate
from simulators.reporting import Reporting
from tests.store.histories import BUSY, as_stored, put_down

_TRAPS, _DAYS = 10, 14
#: Those that are judged by windows of one trap.
WINDOWED = [r.code for r in load_catalogue() if KINDS[r.kind].indicator is not None]


@pytest.fixture(scope="module")
def history() -> SimulatedHistory:
    return simulate(5, _TRAPS, _DAYS, Reporting.named("20min"), rates=BUSY)


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


def test_two_devices_on_a_trap_are_one_history(
    database_url: str, history: SimulatedHistory
) -> None:
    """A unit for the level and another for the cover, say: one digest a day, the same alerts."""
    now_us = history.start_us + 9 * DAY_US
    with connect(database_url, "test") as connection:
        seed_rules(connection, from_us(history.start_us))
        put_down(connection, history)
        connection.commit()
        alerts = []
        for is_split in (False, True):
            with connection.transaction(force_rollback=True):
                if is_split:
                    _split_devices(connection)
                for cadence in Cadence:
                    windowed_store.advance_cursor(connection, cadence, now_us - 5 * DAY_US)
                    windowed.run_once(connection, now_us, cadence=cadence)
                alerts.append(
                    connection.execute(
                        b"SELECT rule_code, trap_id, fired_at, ended_at FROM alert ORDER BY 1, 2, 3"
                    ).fetchall()
                )
    assert alerts[0]
    assert alerts[1] == alerts[0]


def _split_devices(connection: Connection) -> None:
    """Give each trap a second device that sends all but the level."""
    connection.execute(
        b"INSERT INTO device (uid, gateway_id, trap_id, status, commissioned_at,"
        b" report_interval_s, created_at, updated_at) SELECT uid || '-2', gateway_id, trap_id,"
        b" status, commissioned_at, report_interval_s, created_at, updated_at FROM device"
    )
    connection.execute(
        b"UPDATE reading r SET device_id = b.device_id FROM device a"
        b" JOIN device b ON b.uid = a.uid || '-2'"
        b" WHERE a.device_id = r.device_id AND r.metric <> 1"
    )
