"""Red alerts that nobody takes in hand; an overflow is told 3 minutes after NOW."""

import json
from typing import TYPE_CHECKING, Any

from alerts import store as alert_store
from alerts.timers import ack_end, escalation, withheld
from core.db import AdvisoryLock, connect
from core.instant import MINUTE_US, from_us
from tests.store.alerts.test_acknowledgement import FLOW, acknowledge, flow, now, unacknowledge
from tests.store.alerts.test_engine import clear, later, overflow
from tests.store.alerts.test_suppression import silence
from tests.store.alerts.test_timers import run
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

STEPS = "SELECT step, due_at, outcome FROM alert_escalation ORDER BY alert_id, step"


def at(minutes: float) -> Any:
    return from_us(NOW_US + round(minutes * MINUTE_US))


def escalate(ingest: Ingest, at_min: float) -> int:
    return run(ingest, escalation, at_min * 60)


def told(ingest: Ingest) -> list[str]:
    """Who was told by escalation, in order."""
    bodies = ingest.rows(
        "SELECT body FROM webhook_message WHERE event_type = 'alert.escalated'"
        " ORDER BY webhook_message_id"
    )
    return [json.loads(body)["data"]["escalated_to"] for (body,) in bodies]


def test_it_goes_to_the_team_lead_and_then_to_the_county(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    assert escalate(ingest, 4) == 0
    assert ingest.rows(STEPS) == [(1, at(33), None), (2, at(123), None)]
    assert escalate(ingest, 33 - 1e-3) == 0
    assert escalate(ingest, 33) == 1
    assert escalate(ingest, 34) == 0, "once"
    assert told(ingest) == ["team_lead"]
    assert escalate(ingest, 122) == 0
    assert escalate(ingest, 123) == 1
    assert told(ingest) == ["team_lead", "county_centre"]
    assert escalate(ingest, 10_000) == 0
    assert [row[2] for row in ingest.rows(STEPS)] == ["told", "told"]
    assert ingest.rows("SELECT seq, type FROM alert_event WHERE alert_id = 1 ORDER BY seq") == [
        (1, "fired"), (2, "notified"), (3, "escalated"), (4, "escalated"),
    ]  # fmt: skip
    assert ingest.rows(
        "SELECT detail ->> 'to' FROM audit_event WHERE action = 'alert.escalated' ORDER BY 1"
    ) == [("county_centre",), ("team_lead",)]


def test_after_an_outage_of_ours_only_the_highest_step_is_told(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    assert escalate(ingest, 600) == 1
    assert told(ingest) == ["county_centre"]
    assert [row[2] for row in ingest.rows(STEPS)] == ["skipped", "told"]
    assert escalate(ingest, 601) == 0


def test_an_acknowledgement_stops_it_and_its_end_starts_the_clock_anew(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    acknowledge(ingest)
    assert escalate(ingest, 600) == 0
    later(ingest, 597 * 60)
    unacknowledge(ingest)
    assert escalate(ingest, 601) == 0
    assert ingest.rows(STEPS) == [(1, at(630), None), (2, at(720), None)]
    assert escalate(ingest, 630) == 1
    assert told(ingest) == ["team_lead"]


def test_one_that_has_run_out_starts_the_clock_when_it_is_written_down(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    acknowledge(ingest, minutes=57)
    assert escalate(ingest, 60) == 0, "before the timer has written it down"
    assert run(ingest, ack_end, 60 * 60) == 1
    assert escalate(ingest, 89) == 0
    assert escalate(ingest, 90) == 1


def test_the_end_of_the_alert_stops_it(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    assert escalate(ingest, 4) == 0
    clear(ingest, message)
    assert escalate(ingest, 600) == 0
    assert told(ingest) == []


def test_only_red_ones_from_when_they_got_red(ingest: Ingest, message: "MakeMessage") -> None:
    alert_store.seed_rules(ingest.connection, [FLOW], now(ingest))
    flow(ingest, message, 2.0)
    assert escalate(ingest, 600) == 0
    assert ingest.rows(STEPS) == []
    later(ingest, 599 * 60 - 60)
    flow(ingest, message, 6.0)
    assert escalate(ingest, 601) == 0
    assert ingest.rows(STEPS) == [(1, at(630), None), (2, at(720), None)]


def test_a_reopened_one_has_its_time_again(ingest: Ingest, message: "MakeMessage") -> None:
    alert_store.seed_rules(ingest.connection, [FLOW], now(ingest))
    flow(ingest, message, 6.0, 0.1)
    assert ingest.rows("SELECT status FROM alert") == [("resolved",)]
    later(ingest, 57 * 60)
    flow(ingest, message, 6.0)
    assert ingest.rows("SELECT status, reopen_count FROM alert") == [("firing", 1)]
    assert escalate(ingest, 89) == 0
    assert escalate(ingest, 90) == 1
    assert told(ingest) == ["team_lead"]


def test_nobody_is_told_during_a_silence_and_the_highest_after_it(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    silence(ingest, 10, 200)
    assert escalate(ingest, 40) == 0
    assert escalate(ingest, 130) == 0
    assert escalate(ingest, 200) == 1
    assert told(ingest) == ["county_centre"]


def test_what_nobody_was_told_is_not_escalated(ingest: Ingest, message: "MakeMessage") -> None:
    silence(ingest, 0, 60)
    overflow(ingest, message)
    assert escalate(ingest, 59) == 0
    assert ingest.rows(STEPS) == []
    assert run(ingest, withheld, 60 * 60) == 1
    assert escalate(ingest, 89) == 0
    assert escalate(ingest, 90) == 1, "30 minutes after people were told"


def test_an_alert_that_a_worker_holds_is_left_for_the_next_run(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    overflow(ingest, message)
    with connect(database_url, "worker") as worker:
        worker.execute("SELECT 1 FROM alert FOR UPDATE")
        assert escalate(ingest, 33) == 0
    assert escalate(ingest, 33) == 1


def test_only_one_process_escalates(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    overflow(ingest, message)
    with connect(database_url, "other") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (int(AdvisoryLock.TIMER_ESCALATION),))
        assert escalate(ingest, 33) == 0
