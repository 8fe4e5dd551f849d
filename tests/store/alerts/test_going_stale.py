"""Row 10: an open alert whose data stopped coming is noted as stale; that alone ends nothing."""

from typing import TYPE_CHECKING

from alerts import store as alert_store
from alerts.rules.definition import RuleDefinition
from alerts.timers import going_stale
from core.db import connect
from core.instant import from_us
from core.reading import Metric
from tests.store.alerts.test_acknowledgement import FLOW, flow, now
from tests.store.alerts.test_engine import HIGH, LOW, later, overflow
from tests.store.alerts.test_timers import listen, run
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

#: The overflow's last reading comes 180 s after NOW; R02 calls data stale after half an hour.
STALE_S = 180 + 1_800
STATE = "SELECT status, is_stale FROM alert ORDER BY alert_id"
TYPES = "SELECT type FROM alert_event ORDER BY alert_id, seq"
TOLD = "SELECT event_type FROM webhook_message ORDER BY webhook_message_id"


def ruled(on_stale: str, **changes: object) -> RuleDefinition:
    return FLOW.model_copy(update={"on_stale": on_stale, **changes})


def go_stale(ingest: Ingest, at_s: float, since_s: float = -86_400) -> int:
    listen(ingest, since_s, at_s)
    return run(ingest, going_stale, at_s)


def test_it_is_noted_once_and_ends_nothing(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    told = ingest.rows(TOLD)
    assert go_stale(ingest, STALE_S) == 0
    assert go_stale(ingest, STALE_S + 1) == 1
    assert go_stale(ingest, STALE_S + 600) == 0, "once"
    assert ingest.rows(STATE) == [("firing", True)]
    assert ingest.rows(TYPES) == [("fired",), ("notified",), ("stale",)]
    assert ingest.rows("SELECT action FROM audit_event WHERE action LIKE 'alert.s%'") == [
        ("alert.stale",)
    ]
    assert ingest.rows(TOLD) == told, "nobody is told"


def test_a_reading_makes_it_fresh_again(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    assert go_stale(ingest, STALE_S + 1) == 1
    at_s = later(ingest, 3_600)
    ingest.settle(message(("dev-1", at_s, HIGH), received_s=at_s))
    assert ingest.rows(STATE) == [("firing", False)]
    assert ingest.rows(TYPES)[-1:] == [("fresh",)]
    assert go_stale(ingest, at_s + 1_801) == 1, "and may go stale again"


def test_our_own_silence_makes_nothing_stale(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    assert run(ingest, going_stale, 90_000) == 0, "nobody has ever listened"
    assert go_stale(ingest, 90_000, since_s=89_000) == 0, "we listen again, only just"
    assert go_stale(ingest, 90_801, since_s=89_000) == 1


def test_another_series_of_the_device_says_nothing_about_a_level(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    ingest.settle(message(("dev-1", STALE_S, 90.0), metric=Metric.BATTERY_PCT, received_s=STALE_S))
    assert go_stale(ingest, STALE_S + 1) == 1


def test_a_state_that_lasts_needs_no_repeating(ingest: Ingest, message: "MakeMessage") -> None:
    for at_s in (0, 61):
        ingest.settle(message(("dev-1", at_s, 1.0), metric=Metric.COVER_OPEN, received_s=at_s))
    assert ingest.rows("SELECT rule_code, status FROM alert") == [("R16", "firing")]
    ingest.settle(message(("dev-1", 1_800, LOW), received_s=1_800))
    assert go_stale(ingest, 3_600) == 0, "the device was heard half an hour ago"
    assert go_stale(ingest, 3_601) == 1


def test_a_rule_may_let_it_end(ingest: Ingest, message: "MakeMessage") -> None:
    alert_store.seed_rules(ingest.connection, [ruled("resolve")], now(ingest))
    flow(ingest, message, 2.0)
    at_s = (ingest.clock.now_us() - NOW_US) / 1e6
    assert go_stale(ingest, at_s + 1_801) == 1
    assert ingest.rows("SELECT status, ended_at FROM alert") == [
        ("resolved", from_us(ingest.clock.now_us()))
    ]
    assert ingest.rows(TOLD) == [("alert.fired",), ("alert.resolved",)]
    assert ingest.rows("SELECT phase FROM rule_state") == [(0,)], "it may be reopened"


def test_a_rule_may_want_somebody_to_go_and_look(ingest: Ingest, message: "MakeMessage") -> None:
    rule = ruled("open_ticket", ticket_problem="sensor", inhibited_by=("R17",))
    alert_store.seed_rules(ingest.connection, [rule], now(ingest))
    flow(ingest, message, 2.0)
    ingest.rows("UPDATE ticket SET state = 'closed', closed_at = created_at RETURNING 1")
    at_s = (ingest.clock.now_us() - NOW_US) / 1e6
    assert go_stale(ingest, at_s + 1_801) == 1
    # the same alert, closed lately: its own ticket goes on
    assert ingest.rows("SELECT ticket_id, state, reopen_count FROM ticket") == [
        (1, "in_progress", 1)
    ]
    assert ingest.rows("SELECT ticket_id FROM alert") == [(1,)]


def test_a_series_that_a_worker_holds_is_being_heard(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    overflow(ingest, message)
    with connect(database_url, "worker") as worker:
        worker.execute("SELECT 1 FROM series_state FOR UPDATE")
        assert go_stale(ingest, STALE_S + 1) == 0
    assert go_stale(ingest, STALE_S + 1) == 1
