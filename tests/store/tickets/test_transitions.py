"""What an act on a ticket leaves behind, and what a refused one does not."""

from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest

from alerts.tickets import actions
from alerts.tickets.lifecycle import Role
from alerts.tickets.model import SYSTEM, Actor
from core.db import connect
from core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    PreconditionFailedError,
)
from tests.files import PDF, png
from tests.store.tickets.conftest import DOES, Desk, set_route_to


def test_the_whole_way_with_history_audit_and_messages(desk: Desk) -> None:
    number = desk.open()
    closed = desk.bring_to("close", number)
    assert (closed.state, closed.handler, closed.verifier) == ("closed", "li", "wang")
    way = ["open", "accept", "file", "dispatch", "start", "report", "close"]
    assert desk.history(number) == way
    assert desk.rows(
        "SELECT actor, action, detail ->> 'role' FROM audit_event"
        " WHERE subject_kind = 'ticket' AND action <> 'ticket.attachment_added'"
        " ORDER BY audit_event_id"
    ) == [
        ("chen", "ticket.open", None), ("chen", "ticket.accept", "clerk"),
        ("chen", "ticket.file", "clerk"), ("sun", "ticket.dispatch", "dispatcher"),
        ("li", "ticket.start", "owner"), ("li", "ticket.report", "owner"),
        ("wang", "ticket.close", "verifier"),
    ]  # fmt: skip
    assert desk.rows(
        "SELECT event_type FROM webhook_message WHERE subject_kind = 'ticket'"
        " ORDER BY webhook_message_id"
    ) == [
        ("ticket.created",), ("ticket.updated",), ("ticket.updated",), ("ticket.dispatched",),
        ("ticket.updated",), ("ticket.reported",), ("ticket.closed",),
    ]  # fmt: skip
    assert desk.rows("SELECT version FROM ticket") == [(7,)]


def test_the_report_that_held_is_the_first_resolution(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("report", number)
    desk.later(minutes=10)
    desk.do(number, "rework")
    desk.later(minutes=10)
    reported = desk.now
    desk.do(number, "report")
    desk.later(minutes=10)
    first_closed = desk.do(number, "close")
    assert (first_closed.first_resolved_at, first_closed.closed_at) == (reported, desk.now)
    desk.later(days=3)
    reopened = desk.do(number, "reopen")
    assert (reopened.first_resolved_at, reopened.closed_at) == (reported, None)
    desk.do(number, "report")
    desk.later(minutes=10)
    last = desk.do(number, "close")
    assert (last.first_resolved_at, last.closed_at) == (reported, desk.now)
    assert (last.rework_count, last.reopen_count) == (1, 1)


EVERYTHING = (
    "SELECT (SELECT array_agg(t ORDER BY ticket_id) FROM ticket t)::text,"
    " (SELECT array_agg(c ORDER BY ticket_id, kind, round) FROM ticket_clock c)::text,"
    " (SELECT count(*) FROM ticket_event), (SELECT count(*) FROM audit_event),"
    " (SELECT count(*) FROM webhook_message)"
)


@pytest.mark.parametrize(
    ("after", "action", "detail", "refusal"),
    [
        ("accept", "accept", {}, (ConflictError, "in state accepted allows file")),
        ("accept", "explode", {}, (InvalidRequestError, "one of accept")),
        ("file", "dispatch", {"owner_unit": "u9"}, (InvalidRequestError, "no unit 'u9'")),
        ("file", "dispatch", {"owner_unit": None}, (InvalidRequestError, "must carry owner_unit")),
        (
            "dispatch", "start", {"first_contact_at": "2026-01-04T01:00:00Z"},
            (InvalidRequestError, "first_contact_at"),
        ),
        ("start", "report", {"photos_before": []}, (InvalidRequestError, "photos_before")),
        ("start", "report", {"photos_before": ["0" * 64]}, (InvalidRequestError, "no attachment")),
        ("start", "report", {"hauler": None}, (InvalidRequestError, "must carry hauler")),
        ("start", "suspend", {"review_date": "2026-01-05"}, (InvalidRequestError, "to come")),
        ("report", "close", {"verdict": "fine"}, (InvalidRequestError, "verdict")),
        ("report", "cancel", {"false_alarm_code": "x"}, (InvalidRequestError, "false_alarm_code")),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(
    desk: Desk,
    after: str,
    action: str,
    detail: dict[str, Any],
    refusal: tuple[type[Exception], str],
) -> None:
    number = desk.open()
    desk.bring_to(after, number)
    carried = {**desk.contents(action, number), **detail}
    actor = Actor("gao", frozenset({DOES.get(action, DOES["accept"])[1]}))
    before = desk.rows(EVERYTHING)
    error, why = refusal
    with pytest.raises(error, match=why), desk.connection.transaction():
        actions.transition(
            desk.connection, number, action, actor=actor, detail=carried,
            expected_version=desk.version(number), now=desk.now,
        )  # fmt: skip
    assert desk.rows(EVERYTHING) == before


def test_wrong_role_stale_version_unknown_ticket(desk: Desk) -> None:
    number = desk.open()
    before = desk.rows(EVERYTHING)

    def attempt(ticket_id: int, role: Role, version: int) -> None:
        actor = Actor("x", frozenset({role}))
        with desk.connection.transaction():
            actions.transition(
                desk.connection, ticket_id, "accept", actor=actor, detail={},
                expected_version=version, now=desk.now,
            )  # fmt: skip

    with pytest.raises(ForbiddenError, match="accept is for the clerk, not for owner"):
        attempt(number, Role.OWNER, 1)
    with pytest.raises(PreconditionFailedError, match="at version 1, not 2"):
        attempt(number, Role.CLERK, 2)
    with pytest.raises(NotFoundError):
        attempt(number + 1, Role.CLERK, 1)
    assert desk.rows(EVERYTHING) == before


def test_photos_are_photos_and_each_is_one_of_its_own(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("start", number)
    document = desk.attach(number, PDF, "application/pdf")
    photo = desk.attach(number, png(1), "image/png")
    with pytest.raises(InvalidRequestError, match="not a photo"):
        desk.do(number, "report", photos_after=[document])
    with pytest.raises(InvalidRequestError, match="each photo once"):
        desk.do(number, "report", photos_before=[photo], photos_after=[photo])


def test_a_photo_of_another_ticket_is_none_of_this(desk: Desk) -> None:
    number, other = desk.open(), desk.open(problem="odour")
    photo = desk.attach(other, png(2), "image/png")
    desk.bring_to("start", number)
    with pytest.raises(InvalidRequestError, match=f"no attachment {photo}"):
        desk.do(number, "report", photos_after=[photo])


def test_whoever_handled_it_does_not_verify_it(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("dispatch", number)
    desk.do(number, "start", by="zhao")
    desk.do(number, "report", by="li")
    for name in ("li", "zhao"):
        with pytest.raises(ForbiddenError, match="somebody else"):
            desk.do(number, "close", by=name)
    with pytest.raises(psycopg.errors.CheckViolation, match="handler_does_not_verify"):
        desk.connection.execute("UPDATE ticket SET verifier = 'li'")
    assert desk.do(number, "close", by="wang").state == "closed"


def test_two_returns_then_the_supervisor_decides(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("dispatch", number)
    assert desk.do(number, "return").owner_unit is None
    desk.do(number, "dispatch", owner_unit="u2")
    assert desk.do(number, "return").return_count == 2
    with pytest.raises(ConflictError, match=r"returned 2 times.*force_dispatch"):
        desk.do(number, "dispatch")
    assert desk.do(number, "force_dispatch").is_forced
    with pytest.raises(ConflictError, match="cannot be returned"):
        desk.do(number, "return")
    assert desk.do(number, "start").state == "in_progress"


@pytest.mark.parametrize("after", ["accept", "file", "dispatch", "start", "report"])
def test_a_suspended_ticket_comes_back_where_it_was(desk: Desk, after: str) -> None:
    number = desk.open()
    state = desk.bring_to(after, number).state
    suspended = desk.do(number, "suspend")
    assert (suspended.state, suspended.resume_state) == ("suspended", state)
    desk.later(days=3)
    resumed = desk.do(number, "resume")
    assert (resumed.state, resumed.resume_state, resumed.review_date) == (state, None, None)


def test_of_two_at_one_version_one_wins(desk: Desk, database_url: str) -> None:
    number = desk.open()
    ready = Barrier(2)
    outcomes: list[str] = []

    def accept(name: str) -> None:
        with connect(database_url, name) as connection:
            ready.wait(timeout=30)
            try:
                with connection.transaction():
                    actions.transition(
                        connection, number, "accept",
                        actor=Actor(name, frozenset({Role.CLERK})),
                        detail={}, expected_version=1, now=desk.now,
                    )  # fmt: skip
            except PreconditionFailedError:
                outcomes.append("stale")
            else:
                outcomes.append("done")

    threads = [Thread(target=accept, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["done", "stale"]
    assert desk.history(number) == ["open", "accept"]


def test_a_filed_ticket_goes_where_the_route_says(desk: Desk) -> None:
    set_route_to(desk, "u1")
    set_route_to(desk, "u2", town="wt", problem="overflow")
    routed = desk.open()
    dispatched = desk.bring_to("file", routed)
    assert (dispatched.state, dispatched.owner_unit) == ("dispatched", "u2")
    assert desk.history(routed) == ["open", "accept", "file", "dispatch"]
    returned = desk.do(routed, "return")
    assert returned.state == "filed", "the dispatcher's turn: the route was wrong"
    other = desk.open(problem="odour")
    assert desk.bring_to("file", other).owner_unit == "u1"


def test_a_dispatcher_need_not_name_the_unit_of_the_route(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("file", number)
    set_route_to(desk, "u2", town="wt")
    assert desk.do(number, "dispatch", owner_unit=None).owner_unit == "u2"


def test_a_red_alert_is_filed_when_it_is_accepted(desk: Desk) -> None:
    alerted = desk.open("red", "cover", source_kind="alert")
    assert desk.do(alerted, "accept").state == "filed"
    assert desk.rows("SELECT actor FROM ticket_event ORDER BY version") == [
        ("chen",), ("chen",), ("system",),
    ]  # fmt: skip
    assert desk.do(desk.open("red"), "accept").state == "accepted", "no alert: a clerk looks at it"


def test_only_the_system_closes_by_itself(desk: Desk) -> None:
    number = desk.open()
    desk.bring_to("report", number)
    with pytest.raises(ForbiddenError, match="auto_close is for the system"):
        actions.transition(
            desk.connection, number, "auto_close",
            actor=Actor("x", frozenset(Role) - {Role.SYSTEM}),
            detail={}, expected_version=desk.version(number), now=desk.now,
        )  # fmt: skip
    closed = actions.transition(
        desk.connection, number, "auto_close", actor=SYSTEM, detail={"note": "cleared"},
        expected_version=None, now=desk.now,
    )  # fmt: skip
    assert (closed.state, closed.verifier) == ("closed", "system")
