"""Late readings page nobody; what they change about the record is written down, audited."""

from typing import TYPE_CHECKING, Any

from alerts.timers import late_data
from core.db import AdvisoryLock, connect
from core.instant import SECOND_US, from_us
from tests.store.alerts.test_engine import HIGH, LOW
from tests.store.alerts.test_timers import run
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

EPISODES = (
    "SELECT rule_code, status, started_at, ended_at, is_backfilled FROM alert"
    " WHERE rule_code = 'R02' ORDER BY alert_id"
)
EVENTS = (
    "SELECT type FROM alert_event JOIN alert USING (alert_id) WHERE rule_code = 'R02'"
    " ORDER BY alert_id, alert_event.seq"
)


def at(seconds: float) -> Any:
    return from_us(NOW_US + round(seconds * SECOND_US))


def settle(
    ingest: Ingest, message: "MakeMessage", readings: dict[float, float], received_s: float
) -> None:
    for at_s, value in readings.items():
        ingest.settle(message(("dev-1", at_s, value), received_s=received_s))


def minutes(value: float, *at_min: float) -> dict[float, float]:
    return {60 * n: value for n in at_min}


def look(ingest: Ingest, at_s: float) -> int:
    return run(ingest, late_data, at_s)


def test_an_episode_that_was_missed_is_added_closed_and_told_to_nobody(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    settle(ingest, message, minutes(LOW, 0, 60), 3_600)
    settle(ingest, message, minutes(HIGH, 10, 11, 12, 13) | minutes(LOW, *range(14, 40)), 3_700)
    assert ingest.rows(EPISODES) == []
    assert look(ingest, 59) == 0, "more may be on its way; by our clock they have just come"
    assert look(ingest, 7_200) >= 1
    assert ingest.rows(EPISODES) == [("R02", "resolved", at(600), at(840), True)]
    assert ingest.rows(EVENTS) == [("fired",), ("resolved",)]
    assert ingest.rows("SELECT count(*) FROM webhook_message") == [(0,)]
    assert ingest.rows("SELECT count(*) FROM ticket") == [(0,)]
    assert ingest.rows(
        "SELECT count(*) FROM audit_event WHERE action = 'alert.fired' AND subject_id ="
        " (SELECT alert_id::text FROM alert WHERE rule_code = 'R02')"
    ) == [(1,)]
    assert look(ingest, 7_300) == 0, "once"


def test_ends_move_to_what_is_known_by_now(ingest: Ingest, message: "MakeMessage") -> None:
    live = minutes(LOW, 0) | minutes(HIGH, 12, 13, 14, 15) | minutes(LOW, *range(30, 50))
    for at_s, value in live.items():
        ingest.settle(message(("dev-1", at_s, value), received_s=at_s))
    assert ingest.rows(EPISODES) == [("R02", "resolved", at(720), at(1_800), False)]
    settle(ingest, message, minutes(HIGH, 10, 11) | minutes(LOW, *range(20, 30)), 3_000)
    assert look(ingest, 7_200) >= 1
    assert ingest.rows(EPISODES) == [("R02", "resolved", at(600), at(1_200), False)]
    detail = ingest.rows(
        "SELECT e.detail FROM alert_event e JOIN alert USING (alert_id)"
        " WHERE e.type = 'corrected' AND rule_code = 'R02'"
    )[0][0]
    assert detail == {
        "reason": "late readings",
        "started_at": ["2026-01-05T01:12:00Z", "2026-01-05T01:10:00Z"],
        "ended_at": ["2026-01-05T01:30:00Z", "2026-01-05T01:20:00Z"],
    }
    assert ingest.rows("SELECT count(*) > 0 FROM audit_event WHERE action = 'alert.corrected'") == [
        (True,)
    ]
    assert look(ingest, 7_300) == 0


def test_whether_it_still_fires_is_not_the_pasts_to_say(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    for at_s, value in (minutes(LOW, 0) | minutes(HIGH, 30, 31, 32, 60)).items():
        ingest.settle(message(("dev-1", at_s, value), received_s=at_s))
    assert ingest.rows(EPISODES) == [("R02", "firing", at(1_800), None, False)]
    settle(ingest, message, minutes(HIGH, 28, 29) | minutes(LOW, *range(34, 59)), 3_700)
    assert look(ingest, 7_200) >= 1
    assert ingest.rows(EPISODES)[0] == ("R02", "firing", at(1_680), None, False)


def test_a_late_reading_that_changes_nothing_is_forgotten(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    settle(ingest, message, minutes(LOW, 0, 60, 30), 3_600)
    assert ingest.rows("SELECT count(*) FROM late_span") == [(1,)]
    assert look(ingest, 7_200) == 0
    assert ingest.rows("SELECT count(*) FROM late_span") == [(0,)]


def test_a_series_that_a_worker_holds_is_left_for_the_next_run(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    settle(ingest, message, minutes(LOW, 0, 60) | minutes(HIGH, 10, 11, 12, 13), 3_600)
    settle(ingest, message, minutes(LOW, *range(14, 40)), 3_700)
    with connect(database_url, "worker") as worker:
        worker.execute("SELECT 1 FROM series_state FOR UPDATE")
        assert look(ingest, 7_200) == 0
    with connect(database_url, "other") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (int(AdvisoryLock.TIMER_LATE_DATA),))
        assert look(ingest, 7_200) == 0
    assert look(ingest, 7_200) >= 1
