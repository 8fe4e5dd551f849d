"""What may happen to a ticket, each with its history, clocks, audit row and message.

Who may do what in which state stands in ``lifecycle``, what an act carries in ``contents``, the
conditions that need to look further in ``guards``. One transaction, the caller's, for all of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from alerts.tickets import guards, store, timekeeping
from alerts.tickets.contents import check_contents
from alerts.tickets.guards import Attempt
from alerts.tickets.lifecycle import (
    ENDED,
    Role,
    TicketState,
    Transition,
    rank_of,
    transition_of,
)
from alerts.tickets.model import SYSTEM, Act, Actor, Ticket
from alerts.tickets.recording import record
from alerts.tickets.sla.policy import load_policy
from core.db import Connection
from core.errors import ConflictError, NotFoundError, PreconditionFailedError

S = TicketState


def transition(
    connection: Connection,
    ticket_id: int,
    action: str,
    *,
    actor: Actor,
    detail: Mapping[str, Any],
    expected_version: int | None,
    now: datetime,
) -> Ticket:
    """Do ``action`` to a ticket whose version the caller has seen; return it as it is then.

    ``expected_version`` None skips the check (the system's own acts, which hold the lock). A
    ``dispatch`` that names no unit goes to the one that the routes name.

    Raises: NotFoundError, PreconditionFailedError (it changed meanwhile), ForbiddenError (not for
        this role), ConflictError (its state does not allow this), InvalidRequestError (unknown
        action, contents not as needed, no holiday notice for the year of a due time).
    """
    guards.hold_others(connection, ticket_id, action, detail)
    ticket = lock(connection, ticket_id, expected_version)
    contents = check_contents(detail)
    if action == "dispatch" and "owner_unit" not in contents:
        unit = store.route(connection, ticket.town_id, ticket.problem)
        if unit is not None:
            contents["owner_unit"] = unit
    taken = transition_of(action, ticket.state, guards.capacities(actor, ticket), contents)
    attempt = Attempt(action, actor, contents, now)
    guards.check(connection, ticket, attempt)
    changed = _changed(ticket, taken, attempt)
    ticket = _wind(connection, replace(ticket, terms=changed.terms), attempt)
    role = min(taken.roles & actor.roles)
    act = Act(action, actor.name, contents)
    after = record(connection, ticket, changed, act, now, role=role)
    if action == "merge":
        _take_over_alerts(connection, after, actor, now)
    return follow_up(connection, after, action, actor, now)


def follow_up(
    connection: Connection, ticket: Ticket, action: str, actor: Actor, now: datetime
) -> Ticket:
    """Do what the system does by itself after an act on a ticket; return it as it is then.

    A red alert's ticket is filed as soon as it is accepted: minutes count. A ticket that is filed
    goes to the unit that a route names; one that came back waits for the dispatcher.
    """
    if ticket.state == S.ACCEPTED and ticket.severity == "red" and ticket.source_kind == "alert":
        follow = "file"
    elif action == "file" and store.route(connection, ticket.town_id, ticket.problem):
        follow = "dispatch"
    else:
        return ticket
    system = SYSTEM._replace(is_lenient=actor.is_lenient)
    return transition(
        connection, ticket.ticket_id, follow, actor=system, detail={},
        expected_version=None, now=now,
    )  # fmt: skip


def note_sensor_clear(connection: Connection, ticket_id: int, now: datetime) -> None:
    """Take over that every sensor episode of a ticket has cleared.

    A ticket in progress goes to verification; an earlier one only remembers it: nobody has acted.
    Only problems that the policy names close by themselves.
    """
    ticket = lock(connection, ticket_id)
    if ticket.state in ENDED or ticket.sensor_cleared:
        return
    if store.count_alerts(connection, ticket_id)[1]:
        return
    detail = {"note": "every episode has cleared"}
    changed = replace(ticket, sensor_cleared=True)
    act = Act("sensor_cleared", SYSTEM.name, detail)
    ticket = record(connection, ticket, changed, act, now)
    if ticket.state != S.IN_PROGRESS:
        return
    for action in ("sensor_clear", "auto_close"):
        if action == "sensor_clear" or ticket.problem in load_policy().auto_close:
            transition(
                connection, ticket_id, action, actor=SYSTEM, detail=detail,
                expected_version=None, now=now,
            )  # fmt: skip


def recompute_due(
    connection: Connection,
    ticket_id: int,
    *,
    actor: Actor,
    reason: str,
    expected_version: int,
    now: datetime,
) -> Ticket:
    """Give a ticket's running clocks new due times, by the policy of today; on the record.

    Raises: NotFoundError, PreconditionFailedError, ForbiddenError, ConflictError (nothing runs),
        InvalidRequestError.
    """
    guards.check_role(actor, Role.SUPERVISOR, "recompute")
    ticket = lock(connection, ticket_id, expected_version)
    ticket = _wind(connection, ticket, Attempt("recompute", actor, {}, now))
    terms = load_policy().terms_of(ticket.problem, ticket.severity)
    changed = replace(ticket, terms=terms.stored())
    dues = timekeeping.recompute(connection, changed, now)
    if not dues:
        raise ConflictError("no clock of this ticket runs")
    act = Act("recompute", actor.name, {"reason": reason, "policy": terms.version, "due": dues})
    return record(connection, ticket, changed, act, now, role=Role.SUPERVISOR)


def lock(connection: Connection, ticket_id: int, expected_version: int | None = None) -> Ticket:
    """Return a ticket and hold it.

    Raises: NotFoundError; PreconditionFailedError: it is not at that version.
    """
    ticket = store.lock_ticket(connection, ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {ticket_id}")
    if expected_version not in {None, ticket.version}:
        raise PreconditionFailedError(
            f"ticket {ticket_id} is at version {ticket.version}, not {expected_version}"
        )
    return ticket


def _wind(connection: Connection, ticket: Ticket, attempt: Attempt) -> Ticket:
    """Wind the clocks for an act; what came due before it and no timer told is told first."""
    due = timekeeping.wind(
        connection,
        ticket,
        attempt.now,
        action=attempt.action,
        closed_at=ticket.closed_at,
        is_lenient=attempt.actor.is_lenient,
    )
    for act in due:
        ticket = record(connection, ticket, ticket, act, attempt.now)
    return ticket


def _take_over_alerts(connection: Connection, merged: Ticket, actor: Actor, now: datetime) -> None:
    """Give the episodes of a merged ticket to the one it was merged into."""
    target_id = merged.merged_into
    assert target_id is not None, "the table of the schema says so"
    store.move_alerts(connection, merged.ticket_id, target_id)
    target = lock(connection, target_id)
    changed = replace(
        target,
        severity=max(target.severity, merged.severity, key=rank_of),
        sensor_cleared=target.sensor_cleared and not store.count_alerts(connection, target_id)[1],
    )
    act = Act("take_over", actor.name, {"merged_ticket_id": merged.ticket_id})
    record(connection, target, changed, act, now, role=Role.CLERK)


def _changed(ticket: Ticket, taken: Transition, attempt: Attempt) -> Ticket:
    """Return the ticket after a transition; pure."""
    detail, now = attempt.detail, attempt.now
    target = taken.target or S(ticket.resume_state or S.NEW)
    changed = replace(
        ticket,
        state=target,
        resume_state=ticket.state if target is S.SUSPENDED else None,
        review_date=date.fromisoformat(detail["review_date"]) if target is S.SUSPENDED else None,
        closed_at=now if target in ENDED else None,
    )
    return replace(changed, **_marks(ticket, attempt))


def _marks(ticket: Ticket, attempt: Attempt) -> dict[str, Any]:
    """Return what an action leaves on the ticket besides the state."""
    action, actor, detail, now = attempt
    marks: dict[str, Any] = {}
    match action:
        case "file":
            terms = load_policy().terms_of(ticket.problem, ticket.severity)
            marks = {"filed_at": now, "terms": terms.stored()}
        case "dispatch" | "force_dispatch":
            is_forced = action == "force_dispatch"
            marks = {"owner_unit": detail["owner_unit"], "is_forced": is_forced}
        case "return":
            marks = {"owner_unit": None, "return_count": ticket.return_count + 1}
        case "start":
            marks = {"handler": actor.name, "verifier": None}
        case "report":
            marks = {"handler": actor.name, "verifier": None, "reported_at": now}
        case "sensor_clear":
            marks = {"reported_at": now}
        case "close" | "auto_close":
            first = ticket.first_resolved_at or ticket.reported_at
            marks = {"verifier": actor.name, "first_resolved_at": first}
        case "rework":
            marks = {"rework_count": ticket.rework_count + 1}
        case "reopen":
            marks = {"reopen_count": ticket.reopen_count + 1, "verifier": None}
        case "merge":
            marks = {"merged_into": detail["target_ticket_id"]}
        case _:
            pass
    return marks
