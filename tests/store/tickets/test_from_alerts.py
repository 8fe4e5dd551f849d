"""Alerts and their tickets: attached, cleared, merged, brought back."""

from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from alerts.evidence.blobs import BlobDir
from alerts.tickets import from_alerts
from alerts.tickets.from_alerts import TicketOccasion
from alerts.tickets.sla.policy import load_policy
from core.db import connect
from core.errors import ConflictError, InvalidRequestError
from core.instant import from_us
from tests.store.alerts.test_engine import clear, later, overflow
from tests.store.conftest import Ingest
from tests.store.tickets.conftest import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.store.conftest import MakeMessage

STATES = "SELECT ticket_id, state, sensor_cleared FROM ticket ORDER BY ticket_id"


@pytest.fixture
def office(ingest: Ingest, tmp_path: "Path") -> Desk:
    """The desk of the people, beside an ingest worker that knows one rule."""
    ingest.connection.execute("UPDATE rule SET enabled = false WHERE code <> 'R02'")
    ingest.connection.execute(
        "INSERT INTO unit (code, name, name_en, created_at) VALUES ('u1', 'u1', 'u1', now())"
    )
    return Desk(ingest.connection, BlobDir(tmp_path / "blobs"))


def bring_to(office: Desk, ingest: Ingest, *actions: str) -> None:
    """Let people act on ticket 1 now; a red alert's ticket is filed when it is accepted."""
    office.now = from_us(ingest.clock.now_us())
    for action in actions:
        office.do(1, action)


def test_a_sensor_reports_what_is_in_progress_and_marks_what_is_not(
    office: Desk, ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    bring_to(office, ingest, "accept", "dispatch", "start")
    clear(ingest, message)
    assert ingest.rows(STATES) == [(1, "reported", True)]
    assert office.history(1)[-2:] == ["sensor_cleared", "sensor_clear"]
    bring_to(office, ingest, "close")
    assert ingest.rows("SELECT handler, verifier, first_resolved_at = reported_at FROM ticket") == [
        ("li", "wang", True)
    ]


def test_what_the_policy_names_closes_by_itself(
    office: Desk, ingest: Ingest, message: "MakeMessage", monkeypatch: pytest.MonkeyPatch
) -> None:
    lenient = load_policy().model_copy(update={"auto_close": frozenset({"overflow"})})
    monkeypatch.setattr("alerts.tickets.actions.load_policy", lambda: lenient)
    overflow(ingest, message)
    bring_to(office, ingest, "accept", "dispatch", "start")
    clear(ingest, message)
    assert ingest.rows(STATES) == [(1, "closed", True)]
    assert office.history(1)[-1] == "auto_close"


def test_closing_needs_the_sensor_or_a_reason(
    office: Desk, ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    bring_to(office, ingest, "accept", "dispatch", "start", "report")
    with pytest.raises(ConflictError, match="sensor_waiver"):
        bring_to(office, ingest, "close")
    clear(ingest, message)
    overflow(ingest, message)  # it came back before anybody looked
    with pytest.raises(ConflictError, match="sensor_waiver"):
        bring_to(office, ingest, "close")
    office.do(1, "close", sensor_waiver="the sensor hangs in foam")
    assert ingest.rows(STATES) == [(1, "closed", False)]


def test_an_alert_that_comes_back_reopens_its_ticket(
    office: Desk, ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    bring_to(office, ingest, "accept", "dispatch", "start")
    clear(ingest, message)
    bring_to(office, ingest, "close")
    assert ingest.rows("SELECT alert_id, ticket_id FROM alert") == [(1, 1)]
    overflow(ingest, message)  # within the time in which it is the same episode
    assert ingest.rows("SELECT alert_id, ticket_id, status FROM alert") == [(1, 1, "firing")]
    assert ingest.rows(STATES) == [(1, "in_progress", False)]
    assert office.history(1)[-2:] == ["reopen", "attach_episode"]
    assert ingest.rows("SELECT reopen_count, closed_at FROM ticket") == [(1, None)]


def occasion(alert_id: int) -> TicketOccasion:
    return TicketOccasion(alert_id, 1, 1, 1, "overflow", "red")


def test_after_thirty_days_it_is_a_ticket_of_its_own(
    office: Desk, ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    bring_to(office, ingest, "accept", "dispatch", "start")
    clear(ingest, message)
    bring_to(office, ingest, "close")
    office.later(days=30, seconds=1)
    with ingest.connection.transaction():
        assert from_alerts.open_tickets(ingest.connection, [occasion(1)], office.now) == {1: 2}


def test_a_merged_ticket_gives_its_alerts_away(
    office: Desk, ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    office.now = from_us(ingest.clock.now_us())
    target = office.open("yellow", "odour")
    ingest.connection.execute("UPDATE ticket SET sensor_cleared = true WHERE ticket_id = 2")
    for wrong in (1, 99):
        with pytest.raises(InvalidRequestError, match="another ticket, still open"):
            office.do(1, "merge", target_ticket_id=wrong)
    merged = office.do(1, "merge", target_ticket_id=target)
    assert (merged.state, merged.merged_into) == ("merged", target)
    assert ingest.rows("SELECT ticket_id FROM alert") == [(target,)]
    assert ingest.rows("SELECT severity, sensor_cleared FROM ticket WHERE ticket_id = 2") == [
        ("red", False)
    ]
    assert office.history(target)[-1] == "take_over"
    clear(ingest, message)
    assert ingest.rows(STATES) == [(1, "merged", False), (2, "new", True)]
    later(ingest, 60)
    overflow(ingest, message)
    assert ingest.rows("SELECT count(*) FROM ticket") == [(2,)], "the alert has its ticket"
    assert ingest.rows("SELECT DISTINCT ticket_id FROM alert") == [(target,)]


def test_a_merge_waits_for_no_episode(
    office: Desk, ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    overflow(ingest, message)
    office.now = from_us(ingest.clock.now_us())
    target = office.open("yellow", "odour")
    with connect(database_url, "worker") as worker:
        worker.execute("SELECT FROM alert FOR UPDATE")
        with pytest.raises(ConflictError, match="changing right now"):
            office.do(1, "merge", target_ticket_id=target)
    assert office.do(1, "merge", target_ticket_id=target).state == "merged"


def test_an_episode_that_waited_for_a_closing_has_a_ticket(
    office: Desk, ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    """The active ticket is closed while the engine waits for it: the episode is not forgotten."""
    overflow(ingest, message)
    bring_to(office, ingest, "accept", "dispatch", "start", "report")
    tickets: dict[int, int] = {}
    started = Event()

    def work() -> None:
        with connect(database_url, "engine") as engine:
            started.set()
            tickets.update(from_alerts.open_tickets(engine, [occasion(77)], office.now))

    with ingest.connection.transaction():
        office.do(1, "close", sensor_waiver="none")
        thread = Thread(target=work)
        thread.start()
        started.wait(timeout=30)
        waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'engine'"
        waits += " AND wait_event_type = 'Lock'"
        with connect(database_url, "looks", autocommit=True) as looks:
            while looks.execute(waits.encode()).fetchone() != (1,):
                assert thread.is_alive()
    thread.join(timeout=60)
    assert tickets == {77: 2}


def test_a_complaint_that_comes_back_reopens_its_ticket(desk: Desk) -> None:
    complaint = {"source_kind": "complaint", "source_ref": "12345-7"}
    number = desk.open(**complaint)
    with pytest.raises(ConflictError, match=f"ticket {number} is about overflow"):
        desk.open(**complaint)
    desk.bring_to("close", number)
    desk.later(days=30)
    assert desk.open(**complaint) == number
    assert desk.history(number)[-1] == "reopen"
    for action in ("report", "close"):
        desk.do(number, action)
    desk.later(days=30, seconds=1)
    assert desk.open(**complaint) != number


def test_a_patrol_is_no_complaint(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("close", number)
    assert desk.open() != number
