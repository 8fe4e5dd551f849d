"""Row 11: what nobody watches any more is closed, which does not say that it is over."""

import json
from typing import TYPE_CHECKING

import pytest

from alerts import store as alert_store
from alerts.timers import closing, cluster, device_offline, windowed
from alerts.windowed.indicator import Cadence
from core.db import AdvisoryLock, connect
from core.instant import SECOND_US, from_us
from tests.store.alerts.test_acknowledgement import FLOW, flow, now
from tests.store.alerts.test_engine import HIGH, later, overflow
from tests.store.alerts.test_suppression import silence
from tests.store.alerts.test_timers import heard, listen, run
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

STATE = "SELECT status, ended_at FROM alert ORDER BY alert_id"
TOLD = "SELECT event_type FROM webhook_message ORDER BY webhook_message_id"


def moment(at_s: float) -> object:
    return from_us(NOW_US + round(at_s * SECOND_US))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE device SET status = 'retired' WHERE uid = 'dev-1'", "device_retired"),
        (
            "UPDATE device SET status = 'unclaimed', trap_id = NULL WHERE uid = 'dev-1'",
            "device_retired",
        ),
        ("UPDATE rule SET enabled = false WHERE code = 'R02'", "rule_removed"),
    ],
)
def test_it_is_closed_up_to_when_it_was_judged_and_told_to_who_knows(
    ingest: Ingest, message: "MakeMessage", change: str, reason: str
) -> None:
    overflow(ingest, message)
    assert run(ingest, closing, 600) == 0
    ingest.rows(f"{change} RETURNING 1")
    assert run(ingest, closing, 600) > 0
    assert ingest.rows(STATE) == [("closed", moment(180))]
    assert ingest.rows("SELECT type, detail ->> 'reason' FROM alert_event ORDER BY seq") == [
        ("fired", None),
        ("notified", None),
        ("closed", reason),
    ]
    assert ingest.rows("SELECT count(*) FROM rule_state WHERE rule_code = 'R02'") == [(0,)]
    body = json.loads(
        ingest.rows("SELECT body FROM webhook_message WHERE event_type = 'alert.closed'")[0][0]
    )
    assert (body["data"]["status"], body["data"]["reason"]) == ("closed", reason)
    assert body["data"]["ended_at"] == "2026-01-05T01:03:00Z"
    assert ingest.rows("SELECT state, sensor_cleared FROM ticket") == [("new", False)]
    assert run(ingest, closing, 601) == 0, "once"


def test_a_trap_that_got_another_device_is_another_story(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    ingest.rows(
        "INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2,"
        " created_at, updated_at) VALUES ('T2', 1, 450, 600, 900, 0.75, now(), now()) RETURNING 1"
    )
    ingest.rows("UPDATE device SET trap_id = 2 WHERE uid = 'dev-1' RETURNING 1")
    assert run(ingest, closing, 600) == 2
    assert ingest.rows(STATE) == [("closed", moment(180))]


def test_who_was_told_nothing_is_told_nothing(ingest: Ingest, message: "MakeMessage") -> None:
    silence(ingest, 0, 60)
    overflow(ingest, message)
    ingest.rows("UPDATE device SET status = 'retired' RETURNING 1")
    assert run(ingest, closing, 600) > 0
    assert ingest.rows("SELECT status FROM alert") == [("closed",)]
    assert ingest.rows(TOLD) == []


def test_what_was_pending_is_forgotten(ingest: Ingest, message: "MakeMessage") -> None:
    at_s = later(ingest, 60)
    ingest.settle(message(("dev-1", at_s, HIGH), received_s=at_s))
    machines = ingest.rows("SELECT count(*) FROM rule_state")[0][0]
    assert machines > 0
    ingest.rows("UPDATE device SET status = 'retired' WHERE uid = 'dev-1' RETURNING 1")
    assert run(ingest, closing, 600) == machines
    assert ingest.rows("SELECT count(*) FROM rule_state") == [(0,)]
    assert ingest.rows("SELECT count(*) FROM alert") == [(0,)]


def test_a_rule_that_is_edited_is_still_there(ingest: Ingest, message: "MakeMessage") -> None:
    alert_store.seed_rules(ingest.connection, [FLOW], now(ingest))
    flow(ingest, message, 2.0)
    edited = FLOW.model_copy(update={"name": "另一个"})
    alert_store.seed_rules(ingest.connection, [edited], now(ingest))
    assert run(ingest, closing, 600) == 0
    assert ingest.rows("SELECT status FROM alert") == [("firing",)]


def test_a_silent_device_that_is_retired_is_silent_no_more(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    heard(ingest, message, 1_700, "dev-2")
    listen(ingest, -86_400, 1_801)
    assert run(ingest, device_offline, 1_801) == 1
    ingest.rows("UPDATE device SET status = 'retired' WHERE uid = 'dev-1' RETURNING 1")
    assert run(ingest, closing, 1_900) == 1
    assert ingest.rows(STATE) == [("closed", moment(1_900))]


def test_an_alert_about_a_trap_lives_as_long_as_somebody_watches_the_trap(ingest: Ingest) -> None:
    ingest.rows(
        "INSERT INTO alert (dedup_key, rule_id, rule_code, severity, device_id, trap_id, status,"
        " started_at, fired_at, opened_at, value, peak_value, threshold, seq, notified_at)"
        " SELECT 'R08:trap:1', rule_id, code, 'orange', 1, 1, 'firing', now(), now(), now(), 1, 1,"
        " '{}', 1, now() FROM rule WHERE code = 'R08' RETURNING 1"
    )
    ingest.rows(
        "INSERT INTO windowed_state (rule_code, subject_kind, subject_ref, phase, state, memory,"
        " condition, alert_id) VALUES ('R08', 'trap', '1', 2,"
        " '{\"last_us\": 4102444800000000}', '{}', 'x', 1) RETURNING 1"
    )
    ingest.rows("UPDATE device SET status = 'retired' WHERE uid = 'dev-1' RETURNING 1")
    assert run(ingest, closing, 600) == 0, "dev-2 watches it"
    ingest.rows("UPDATE device SET status = 'retired' WHERE uid = 'dev-2' RETURNING 1")
    assert run(ingest, closing, 600) == 2
    assert ingest.rows("SELECT status, extract(year FROM ended_at)::int FROM alert") == [
        ("closed", 2100)
    ]
    assert ingest.rows("SELECT count(*) FROM windowed_state") == [(0,)]


def test_a_series_that_a_worker_holds_is_left_for_the_next_run(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    overflow(ingest, message)
    ingest.rows("UPDATE device SET status = 'retired' RETURNING 1")
    with connect(database_url, "worker") as worker:
        worker.execute("SELECT 1 FROM series_state FOR UPDATE")
        assert run(ingest, closing, 600) == 0
    assert run(ingest, closing, 600) > 0


@pytest.mark.parametrize(
    "lock",
    [
        AdvisoryLock.TIMER_CLOSING,
        AdvisoryLock.TIMER_WINDOWED,
        AdvisoryLock.TIMER_CLUSTER,
        AdvisoryLock.TIMER_DEVICE_OFFLINE,
    ],
)
def test_it_waits_for_whoever_else_follows_alerts(
    ingest: Ingest, message: "MakeMessage", database_url: str, lock: AdvisoryLock
) -> None:
    overflow(ingest, message)
    ingest.rows("UPDATE device SET status = 'retired' RETURNING 1")
    with connect(database_url, "other") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (int(lock),))
        assert run(ingest, closing, 600) == 0


def test_what_was_closed_is_not_taken_up_again(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    ingest.rows("UPDATE device SET status = 'retired' WHERE uid = 'dev-1' RETURNING 1")
    run(ingest, closing, 600)
    ingest.rows("UPDATE device SET status = 'active' WHERE uid = 'dev-1' RETURNING 1")
    later(ingest, 600)
    overflow(ingest, message)
    assert ingest.rows("SELECT status FROM alert ORDER BY alert_id") == [("closed",), ("firing",)]
    listen(ingest, -86_400, 1_000)
    for cadence in Cadence:
        with ingest.connection.transaction():
            windowed.run_once(ingest.connection, NOW_US + 1_000 * SECOND_US, cadence=cadence)
    assert run(ingest, cluster, 1_000) == 0
