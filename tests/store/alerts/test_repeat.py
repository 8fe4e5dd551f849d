"""People are reminded of orange and red alerts that nobody has in hand, every four hours."""

from typing import TYPE_CHECKING

from alerts import store as alert_store
from alerts.timers import escalation, repeat
from core.db import AdvisoryLock, connect
from core.instant import HOUR_US
from tests.store.alerts.test_acknowledgement import FLOW, acknowledge, flow, now, unacknowledge
from tests.store.alerts.test_engine import clear, later, overflow
from tests.store.alerts.test_suppression import silence
from tests.store.alerts.test_timers import run
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

#: The overflow is told 3 minutes after NOW.
TOLD_H = 0.05
TYPES = "SELECT type FROM alert_event ORDER BY alert_id, seq"


def remind(ingest: Ingest, at_h: float) -> int:
    return run(ingest, repeat, at_h * 3_600)


def reminders(ingest: Ingest) -> list[float]:
    """When people were reminded, in hours after NOW."""
    found = ingest.rows(
        "SELECT extract(epoch FROM created_at) FROM webhook_message"
        " WHERE event_type = 'alert.repeated' ORDER BY webhook_message_id"
    )
    return [round((float(at_s) * 1e6 - NOW_US) / HOUR_US, 3) for (at_s,) in found]


def test_every_four_hours_after_people_heard_of_it_last(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    assert remind(ingest, TOLD_H + 4 - 1e-4) == 0
    assert remind(ingest, TOLD_H + 4) == 1
    assert remind(ingest, TOLD_H + 4.1) == 0
    assert remind(ingest, TOLD_H + 8) == 1
    assert reminders(ingest) == [4.05, 8.05]
    assert ingest.rows(TYPES) == [("fired",), ("notified",), ("repeated",), ("repeated",)]


def test_after_an_outage_of_ours_they_are_reminded_once(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    assert remind(ingest, 100) == 1
    assert remind(ingest, 100.1) == 0
    assert remind(ingest, 104) == 1


def test_an_escalation_counts_as_hearing_of_it(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    assert run(ingest, escalation, 3 * 3_600) == 1
    assert remind(ingest, 6.9) == 0
    assert remind(ingest, 7) == 1


def test_not_while_somebody_has_it_in_hand(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    acknowledge(ingest)
    assert remind(ingest, 10) == 0
    later(ingest, 10 * 3_600 - 180)
    unacknowledge(ingest)
    assert remind(ingest, 13.9) == 0
    assert remind(ingest, 14) == 1


def test_not_after_its_end(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    clear(ingest, message)
    assert remind(ingest, 10) == 0


def test_not_of_milder_ones(ingest: Ingest, message: "MakeMessage") -> None:
    alert_store.seed_rules(ingest.connection, [FLOW], now(ingest))
    flow(ingest, message, 2.0)
    assert ingest.rows("SELECT severity, status FROM alert") == [("yellow", "firing")]
    assert remind(ingest, 10) == 0


def test_not_during_a_silence(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    silence(ingest, 10, 600)
    assert remind(ingest, 9.9) == 0
    assert remind(ingest, 10) == 1


def test_only_one_process_reminds(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    overflow(ingest, message)
    with connect(database_url, "other") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (int(AdvisoryLock.TIMER_REPEAT),))
        assert remind(ingest, 10) == 0
    assert remind(ingest, 10) == 1
