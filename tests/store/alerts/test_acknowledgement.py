"""Somebody has it in hand: what keeps an acknowledgement, and what ends it."""

from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation

from alerts import store as alert_store
from alerts.acknowledgement import actions
from alerts.acknowledgement.actions import Acknowledgement
from alerts.rules.definition import RuleDefinition
from alerts.timers import ack_end, device_offline
from core.db import connect
from core.errors import ConflictError, InvalidRequestError, NotFoundError
from core.instant import from_us
from core.reading import Metric
from tests.store.alerts.test_engine import HIGH, LOW, clear, later, overflow
from tests.store.alerts.test_timers import heard, listen, run
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from datetime import datetime

    from tests.store.conftest import MakeMessage

ACK = "SELECT acked_by, ack_note, acked_at IS NOT NULL, ack_until FROM alert ORDER BY alert_id"
EVENTS = "SELECT seq, type FROM alert_event ORDER BY alert_id, seq"
NOBODY = (None, None, False, None)
#: Yellow from 1 l/s, red from 5 l/s, clear below 0.5 l/s; at once.
FLOW = RuleDefinition.model_validate(
    {
        "code": "flow", "name": "流量", "name_en": "Flow", "severity": "yellow",
        "kind": "threshold", "wording": "疑似", "wording_en": "Suspected", "source": "a test",
        "parameters": {
            "metric": "flow_lps", "levels": {"yellow": "value >= 1", "red": "value >= 5"},
            "clear": "value < 0.5", "hold_s": 0, "samples_min": 1, "clear_hold_s": 0,
            "clear_samples_min": 1,
        },
    }
)  # fmt: skip


def now(ingest: Ingest) -> "datetime":
    return from_us(ingest.clock.now_us())


def acknowledge(ingest: Ingest, by: str = "李四", minutes: float | None = None) -> None:
    until = None if minutes is None else now(ingest) + timedelta(minutes=minutes)
    with ingest.connection.transaction():
        ack = Acknowledgement(by, "在路上", until)
        actions.acknowledge(ingest.connection, 1, ack, actor="local", now=now(ingest))


def unacknowledge(ingest: Ingest) -> None:
    with ingest.connection.transaction():
        actions.unacknowledge(ingest.connection, 1, actor="local", now=now(ingest))


def flow(ingest: Ingest, message: "MakeMessage", *values: float) -> None:
    for value in values:
        at_s = later(ingest, 60)
        ingest.settle(message(("dev-1", at_s, value), metric=Metric.FLOW_LPS, received_s=at_s))


def test_it_is_history_and_audit(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    acknowledge(ingest)
    assert ingest.rows(ACK) == [("李四", "在路上", True, None)]
    unacknowledge(ingest)
    assert ingest.rows(ACK) == [NOBODY]
    assert ingest.rows(EVENTS) == [(1, "fired"), (2, "notified"), (3, "acked"), (4, "unacked")]
    assert ingest.rows("SELECT seq FROM alert") == [(4,)]
    assert ingest.rows(
        "SELECT action, actor, detail ->> 'by' FROM audit_event WHERE action LIKE '%acked'"
        " ORDER BY audit_event_id"
    ) == [("alert.acked", "local", "李四"), ("alert.unacked", "local", "李四")]


def test_it_survives_repeats_relapses_restarts_and_the_end(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    acknowledge(ingest)
    for value in (HIGH, HIGH + 1, LOW, HIGH):  # the third clears for a while, the fourth relapses
        at_s = later(ingest, 300)
        again = message(("dev-1", at_s, value), received_s=at_s)
        ingest.settle(again, again)
        ingest.restart()
    assert ingest.rows("SELECT relapse_count FROM rule_state WHERE rule_code = 'R02'") == [(1,)]
    assert ingest.rows(ACK)[0] == ("李四", "在路上", True, None)
    clear(ingest, message)
    assert ingest.rows("SELECT status FROM alert WHERE rule_code = 'R02'") == [("resolved",)]
    assert ingest.rows(ACK)[0] == ("李四", "在路上", True, None)
    assert (6, "unacked") not in ingest.rows(EVENTS)


def test_it_ends_when_the_severity_rises(ingest: Ingest, message: "MakeMessage") -> None:
    alert_store.seed_rules(ingest.connection, [FLOW], now(ingest))
    flow(ingest, message, 2.0)
    acknowledge(ingest)
    flow(ingest, message, 3.0)
    assert ingest.rows(ACK) == [("李四", "在路上", True, None)]
    flow(ingest, message, 6.0, 7.0)
    assert ingest.rows(ACK) == [NOBODY]
    assert [kind for _, kind in ingest.rows(EVENTS)] == [
        "fired", "notified", "acked", "unacked", "severity_raised",
    ]  # fmt: skip


def test_it_ends_when_the_alert_is_reopened(ingest: Ingest, message: "MakeMessage") -> None:
    alert_store.seed_rules(ingest.connection, [FLOW], now(ingest))
    flow(ingest, message, 2.0)
    acknowledge(ingest, minutes=1)
    flow(ingest, message, 0.1)
    assert ingest.rows("SELECT status FROM alert") == [("resolved",)]
    flow(ingest, message, 2.0)
    assert ingest.rows("SELECT status, reopen_count FROM alert") == [("firing", 1)]
    assert ingest.rows(ACK) == [NOBODY]
    assert [kind for _, kind in ingest.rows(EVENTS)] == [
        "fired", "notified", "acked", "resolved", "unacked", "reopened",
    ]  # fmt: skip


def test_one_that_has_run_out_counts_as_none_and_is_written_down_once(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    acknowledge(ingest, minutes=10)
    at_s = later(ingest, 0)
    assert run(ingest, ack_end, at_s + 599) == 0
    assert run(ingest, ack_end, at_s + 600) == 1
    assert ingest.rows(ACK) == [NOBODY]
    assert run(ingest, ack_end, at_s + 601) == 0
    assert ingest.rows(EVENTS)[-1] == (4, "unacked")
    assert ingest.rows("SELECT detail ->> 'reason' FROM alert_event WHERE seq = 4") == [
        ("run_out",)
    ]


def test_somebody_else_may_take_it_when_it_has_run_out_also_before_the_timer(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    acknowledge(ingest, minutes=10)
    later(ingest, 600)
    with pytest.raises(ConflictError, match="not acknowledged"):
        unacknowledge(ingest)
    acknowledge(ingest, "王五")
    assert ingest.rows(ACK) == [("王五", "在路上", True, None)]
    assert [kind for _, kind in ingest.rows(EVENTS)][2:] == ["acked", "unacked", "acked"]


def test_what_is_refused(ingest: Ingest, message: "MakeMessage") -> None:
    with pytest.raises(NotFoundError):
        acknowledge(ingest)
    overflow(ingest, message)
    with pytest.raises(ConflictError, match="not acknowledged"):
        unacknowledge(ingest)
    with pytest.raises(InvalidRequestError, match="until"):
        acknowledge(ingest, minutes=0)
    acknowledge(ingest)
    with pytest.raises(ConflictError, match="李四"):
        acknowledge(ingest, "王五")
    clear(ingest, message)
    with pytest.raises(ConflictError, match="resolved"):
        unacknowledge(ingest)


def test_an_alert_of_a_timer_goes_on_from_the_acknowledgements_number(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    heard(ingest, message, 1_700, "dev-2")
    listen(ingest, -86_400, 1_801)
    assert run(ingest, device_offline, 1_801) == 1
    acknowledge(ingest)
    for n in (1_900, 1_960):
        heard(ingest, message, n, "dev-1")
    listen(ingest, -86_400, 2_000)
    assert run(ingest, device_offline, 2_000) == 1
    assert ingest.rows(EVENTS) == [(1, "fired"), (2, "acked"), (3, "resolved")]


def test_history_has_no_gap_when_people_and_readings_meet(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    """Whoever appends to an alert's history holds its row: no number is given twice."""
    alert_store.seed_rules(ingest.connection, [FLOW], now(ingest))
    flow(ingest, message, 2.0)

    def people() -> None:
        with connect(database_url, "people", autocommit=True) as connection:
            for n in range(30):
                moment = from_us(NOW_US) + timedelta(seconds=n)
                ack = Acknowledgement("李四", "")
                with connection.transaction():
                    actions.acknowledge(connection, 1, ack, actor="local", now=moment)
                with connection.transaction():
                    actions.unacknowledge(connection, 1, actor="local", now=moment)

    thread = Thread(target=people)
    thread.start()
    flow(ingest, message, *[2.0, 0.7, 2.0, 0.7] * 8, 6.0)
    thread.join(timeout=60)
    numbers = [seq for seq, _ in ingest.rows(EVENTS)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert ingest.rows("SELECT seq FROM alert") == [(len(numbers),)]
    assert ingest.rows("SELECT count(*) FROM alert_event WHERE type = 'acked'") == [(30,)]


def test_it_is_whole_or_not_at_all(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    for columns in ("acked_at = now()", "acked_by = 'a', ack_note = ''", "ack_until = now()"):
        with pytest.raises(CheckViolation):
            ingest.connection.execute(f"UPDATE alert SET {columns}".encode())  # noqa: S608  # columns of the test
