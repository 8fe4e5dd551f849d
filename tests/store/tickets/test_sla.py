"""Clocks in the database: told in time, once each, a breach for good; NOW is Monday 09:00."""

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from alerts.tickets import actions
from alerts.tickets.lifecycle import Role
from alerts.tickets.model import SYSTEM, Actor, NewTicket
from alerts.tickets.openings import open_ticket
from alerts.tickets.sla import policy
from alerts.timers import ticket_sla
from core.db import AdvisoryLock, connect
from core.errors import ConflictError, ForbiddenError, InvalidRequestError
from core.instant import from_us, to_us
from tests.store.conftest import NOW_US
from tests.store.tickets.conftest import Desk, set_route_to

CLOCKS = (
    "SELECT kind, round, state, breached_at IS NOT NULL FROM ticket_clock ORDER BY started_at, kind"
)


def run(desk: Desk, minutes: float) -> int:
    """Run the timer so many minutes after NOW."""
    with desk.connection.transaction():
        return ticket_sla.run_once(desk.connection, NOW_US + round(minutes * 60e6))


def told(desk: Desk) -> list[tuple[str, str, str]]:
    bodies = desk.rows(
        "SELECT body FROM webhook_message WHERE event_type LIKE 'ticket.sla%%'"
        " ORDER BY webhook_message_id"
    )
    found = [json.loads(body) for (body,) in bodies]
    return [
        (m["type"], m["data"]["detail"]["clock"], m["data"]["detail"]["escalated_to"])
        for m in found
    ]


WARNED = ("ticket.sla_warning", "accept", "owner")
BREACHED = ("ticket.sla_breached", "accept", "supervisor")
COUNTY = ("ticket.sla_breached", "accept", "county")


def test_each_step_is_told_once_and_the_breach_is_on_record(desk: Desk) -> None:
    number = desk.open("red")  # to be accepted within 30 minutes
    assert run(desk, 22.5) == 0
    assert run(desk, 22.6) == 1
    assert run(desk, 22.7) == 0
    assert told(desk) == [WARNED]
    assert run(desk, 30) == 0, "the due time itself is in time"
    assert desk.rows(CLOCKS) == [("accept", 1, "running", False)]
    assert run(desk, 30.1) == 1
    assert told(desk) == [WARNED, BREACHED]
    assert desk.rows("SELECT breached_at = due_at FROM ticket_clock") == [(True,)]
    assert run(desk, 45.1) == 1
    assert run(desk, 10_000) == 0
    assert told(desk) == [WARNED, BREACHED, COUNTY]
    assert desk.history(number) == ["open", "sla_warning", "sla_breached", "sla_breached"]
    assert desk.rows(
        "SELECT actor, detail ->> 'share' FROM audit_event WHERE action LIKE 'ticket.sla%%'"
        " ORDER BY audit_event_id"
    ) == [("system", "0.75"), ("system", "1.0"), ("system", "1.5")]


def test_after_an_outage_each_step_is_told_once(desk: Desk) -> None:
    desk.open("red")
    assert run(desk, 600) == 1
    assert told(desk) == [WARNED, BREACHED, COUNTY]
    assert desk.rows("SELECT breached_at = due_at FROM ticket_clock") == [(True,)]


def test_what_came_due_before_an_act_is_told_with_it(desk: Desk) -> None:
    number = desk.open("red")
    desk.later(minutes=31)
    assert desk.do(number, "accept").version == 4
    assert desk.history(number) == ["open", "sla_warning", "sla_breached", "accept"]
    assert desk.rows("SELECT kind, breached_at IS NOT NULL FROM ticket_clock ORDER BY kind") == [
        ("accept", True), ("dispatch", False),
    ]  # fmt: skip


def test_a_breach_cannot_be_taken_back(desk: Desk) -> None:
    desk.open("red")
    run(desk, 31)
    for change in (None, from_us(NOW_US)):
        with pytest.raises(psycopg.errors.RestrictViolation, match="written once"):
            desk.connection.execute("UPDATE ticket_clock SET breached_at = %s", (change,))


def test_only_one_process_tells_and_a_ticket_at_work_waits(desk: Desk, database_url: str) -> None:
    number = desk.open("red")
    with connect(database_url, "other") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (int(AdvisoryLock.TIMER_TICKET_SLA),))
        assert run(desk, 31) == 0
    with connect(database_url, "other") as other:
        actions.lock(other, number)
        assert run(desk, 31) == 0
    assert run(desk, 31) == 1


def test_a_suspended_ticket_has_all_the_time_in_the_world(desk: Desk) -> None:
    number = desk.open("red")
    desk.later(minutes=10)
    desk.do(number, "suspend")
    assert run(desk, 100_000) == 0
    desk.later(days=3)
    desk.do(number, "resume")
    due = desk.rows("SELECT due_at FROM ticket_clock")
    assert due == [(desk.now + timedelta(minutes=20),)]


def test_a_breach_survives_suspension_and_success(desk: Desk) -> None:
    number = desk.open("red")
    desk.later(minutes=31)
    desk.do(number, "suspend")
    desk.later(days=3)
    desk.do(number, "resume")
    desk.do(number, "accept")
    rows = desk.rows("SELECT kind, state, breached_at FROM ticket_clock WHERE kind = 'accept'")
    assert rows == [("accept", "stopped", from_us(NOW_US) + timedelta(minutes=30))]


def test_a_reopened_ticket_has_what_was_left_at_the_closing(desk: Desk) -> None:
    number = desk.open("red")
    desk.bring_to("dispatch", number)
    dispatched = desk.now
    for action in ("start", "report", "close"):
        desk.later(hours=1)
        desk.do(number, action)
    desk.later(days=10)
    desk.do(number, "reopen")
    rows = desk.rows("SELECT round, state, due_at FROM ticket_clock WHERE kind = 'resolve'")
    assert rows == [(1, "running", dispatched + timedelta(days=11))]


def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tomorrow's policy: five minutes to accept."""
    text = policy.load_policy()
    entries = [entry.model_copy(update={"accept": policy.Limit(minute=5)}) for entry in text.limits]
    later = text.model_copy(update={"version": "2027-01-01", "limits": entries})
    for module in ("actions", "timekeeping", "openings", "guards"):
        monkeypatch.setattr(f"alerts.tickets.{module}.load_policy", lambda: later)


def recompute(desk: Desk, number: int, role: Role = Role.SUPERVISOR) -> Any:
    with desk.connection.transaction():
        return actions.recompute_due(
            desk.connection, number, actor=Actor("gao", frozenset({role})), reason="new limits",
            expected_version=desk.version(number), now=desk.now,
        )  # fmt: skip


def test_a_ticket_keeps_its_terms_until_somebody_has_them_computed_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = policy.load_policy().version
    number = desk.open("red")
    newer(monkeypatch)
    desk.later(minutes=1)
    with pytest.raises(ForbiddenError, match="for the supervisor"):
        recompute(desk, number, Role.CLERK)
    assert run(desk, 6) == 0
    assert desk.rows("SELECT policy_version FROM ticket_clock") == [(old,)]
    recompute(desk, number)
    assert desk.rows("SELECT policy_version, due_at FROM ticket_clock") == [
        ("2027-01-01", from_us(NOW_US) + timedelta(minutes=5))
    ]
    ((detail,),) = desk.rows("SELECT detail FROM audit_event WHERE action = 'ticket.recompute'")
    assert detail["due"] == {
        "accept_before": "2026-01-05T01:30:00Z", "accept_after": "2026-01-05T01:05:00Z",
    }  # fmt: skip
    assert (detail["reason"], detail["policy"]) == ("new limits", "2027-01-01")


def test_nothing_to_compute_anew(desk: Desk) -> None:
    number = desk.open()
    desk.do(number, "reject", reject_code="other")
    with pytest.raises(ConflictError, match="no clock"):
        recompute(desk, number)


def test_a_person_is_told_which_year_is_unknown_and_nothing_is_changed(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("accept", number)
    desk.now = from_us(NOW_US).replace(month=12, day=31)
    set_route_to(desk, "u1")
    before = desk.rows("SELECT state, version FROM ticket"), desk.rows(CLOCKS)
    with pytest.raises(InvalidRequestError, match=r"no due time can be given.*2027"):
        desk.do(number, "file")
    assert (desk.rows("SELECT state, version FROM ticket"), desk.rows(CLOCKS)) == before
    with pytest.raises(InvalidRequestError, match="2027"):
        desk.open(problem="odour")
    assert desk.rows("SELECT count(*) FROM ticket") == [(1,)]


def test_an_alert_opens_its_ticket_without_a_due_time(desk: Desk) -> None:
    late = from_us(NOW_US).replace(month=12, day=31)
    new = NewTicket(1, 1, 1, "overflow", "yellow", "alert", "1")
    with desk.connection.transaction():
        assert open_ticket(desk.connection, new, actor=SYSTEM, detail={}, now=late) is not None
    assert desk.rows("SELECT due_at, state FROM ticket_clock") == [(None, "running")]
    with desk.connection.transaction():
        assert ticket_sla.run_once(desk.connection, to_us(late) + 1) == 0


def test_tickets_that_wait_for_a_calendar_keep_nobody_from_being_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_sla, "_COUNT_MAX", 1)
    late = from_us(NOW_US).replace(month=12, day=31)
    new = NewTicket(1, 1, 1, "overflow", "yellow", "alert", "1")
    with desk.connection.transaction():
        open_ticket(desk.connection, new, actor=SYSTEM, detail={}, now=late)
    desk.now = late
    number = desk.open("red", "cover")
    with desk.connection.transaction():
        assert ticket_sla.run_once(desk.connection, to_us(late + timedelta(hours=1))) == 1
    assert desk.history(number)[-1] == "sla_breached"
