"""What may happen to a ticket, each with its history, clocks, audit row and message.

Who may do what in which state stands in ``lifecycle``, what an act carries in ``contents``, the
conditions that need to look further in ``guards``. One transaction, the caller's, for all of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from alerts.evidence import audit
from alerts.tickets import guards, store, timekeeping
from alerts.tickets.contents import check_contents
from alerts.tickets.guards import Attempt
from alerts.tickets.lifecycle import ENDED, Role, TicketState, Transition, transition_of
from alerts.tickets.model import SYSTEM, Act, Actor, NewTicket, Ticket
from alerts.tickets.sla.policy import load_policy
from alerts.webhooks import outbox
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError, PreconditionFailedError

S = TicketState
#: What others hear of; every other change is ``ticket.updated``.
_EVENT_TYPES = {
    "dispatch": "ticket.dispatched",
    "force_dispatch": "ticket.dispatched",
    "return": "ticket.returned",
    "report": "ticket.reported",
    "sensor_clear": "ticket.reported",
    "rework": "ticket.reworked",
    "close": "ticket.closed",
    "auto_close": "ticket.closed",
    "reopen": "ticket.reopened",
    "suspend": "ticket.suspended",
    "sla_warning": "ticket.sla_warning",
    "sla_breached": "ticket.sla_breached",
}


def open_ticket(
    connection: Connection,
    new: NewTicket,
    *,
    actor: Actor,
    detail: Mapping[str, Any],
    now: datetime,
) -> Ticket | None:
    """Open a ticket with its first clock; None where the (trap, problem) has an active one."""
    limits = load_policy().limits_of(new.problem, new.severity).model_dump(exclude_none=True)
    ticket_id = store.open_ticket(connection, new, limits, now)
    if ticket_id is None:
        return None
    ticket = lock(connection, ticket_id)
    store.insert_ticket_event(
        connection,
        ticket_id=ticket_id,
        version=1,
        act=Act("open", actor.name, detail),
        from_state=None,
        to_state=S.NEW,
        now=now,
    )
    audit.record(
        connection,
        at=now,
        actor=actor.name,
        action="ticket.open",
        subject_kind="ticket",
        subject_id=str(ticket_id),
        detail={
            "version": 1,
            "problem": new.problem,
            "severity": new.severity,
            "trap_id": new.trap_id,
            "source_kind": new.source_kind,
            "source_ref": new.source_ref,
            **detail,
        },
    )
    # What opens a ticket may be an alert in ingest: a calendar that lacks a year must not stop it.
    timekeeping.apply(connection, ticket, "open", now, is_lenient=True)
    outbox.put(connection, [outbox.ticket_message(ticket, "ticket.created", now)], now)
    outbox.wake(connection)
    return ticket


def open_by_person(
    connection: Connection, new: NewTicket, *, actor: Actor, now: datetime
) -> Ticket:
    """Open a ticket that somebody asks for; its place is the trap's.

    Raises: InvalidRequestError: no such trap; ConflictError: this problem of this trap has an
        active ticket.
    """
    place = store.select_place(connection, new.trap_id)
    if place is None:
        raise InvalidRequestError("trap_id: there is no such trap")
    new = new._replace(restaurant_id=place[0], town_id=place[1])
    ticket = open_ticket(connection, new, actor=actor, detail={"summary": new.summary}, now=now)
    if ticket is None:
        active = store.lock_active_ticket(connection, new.trap_id, new.problem)
        raise ConflictError(f"ticket {active} is about {new.problem} of this trap already")
    return ticket


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
    ticket = lock(connection, ticket_id)
    if expected_version is not None and ticket.version != expected_version:
        raise PreconditionFailedError(
            f"ticket {ticket_id} is at version {ticket.version}, not {expected_version}"
        )
    contents = check_contents(detail)
    if action == "dispatch" and "owner_unit" not in contents:
        unit = store.route(connection, ticket.town_id, ticket.problem)
        if unit is not None:
            contents["owner_unit"] = unit
    taken = transition_of(action, ticket.state, guards.capacities(actor, ticket), contents)
    guards.check(connection, ticket, Attempt(action, actor, contents, now))
    changed = _changed(ticket, taken, actor, contents, now)
    role = min(taken.roles & actor.roles)
    act = Act(action, actor.name, contents)
    is_lenient = Role.SYSTEM in actor.roles
    timekeeping.apply(
        connection, changed, action, now, closed_at=ticket.closed_at, is_lenient=is_lenient
    )
    if action == "merge":
        store.move_alerts(connection, ticket_id, contents["target_ticket_id"])
    after = record(connection, ticket, changed, act, now, role=role)
    return _pass_on(connection, after, action, now)


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
    ticket = lock(connection, ticket_id)
    if ticket.version != expected_version:
        raise PreconditionFailedError(
            f"ticket {ticket_id} is at version {ticket.version}, not {expected_version}"
        )
    limits = load_policy().limits_of(ticket.problem, ticket.severity)
    changed = replace(ticket, limits=limits.model_dump(exclude_none=True))
    dues = timekeeping.recompute(connection, changed)
    if not dues:
        raise ConflictError("no clock of this ticket runs")
    act = Act("recompute", actor.name, {"reason": reason, "due": dues})
    return record(connection, ticket, changed, act, now, role=Role.SUPERVISOR)


def record(
    connection: Connection,
    before: Ticket,
    after: Ticket,
    act: Act,
    now: datetime,
    *,
    role: str | None = None,
) -> Ticket:
    """Write a changed ticket with its history, audit row and message; ``role``: in which they act.

    A message goes out where the state changed or where the act has an event type of its own.
    """
    version = store.update_ticket(connection, after, now)
    after = replace(after, version=version, updated_at=now)
    store.insert_ticket_event(
        connection,
        ticket_id=after.ticket_id,
        version=version,
        act=act,
        from_state=before.state,
        to_state=after.state,
        now=now,
    )
    audit.record(
        connection,
        at=now,
        actor=act.actor,
        action=f"ticket.{act.name}",
        subject_kind="ticket",
        subject_id=str(after.ticket_id),
        detail={
            "from": before.state,
            "to": after.state,
            "version": version,
            "role": role or Role.SYSTEM,
            **act.detail,
        },
    )
    if before.state != after.state or act.name in _EVENT_TYPES:
        event_type = _EVENT_TYPES.get(act.name, "ticket.updated")
        message = outbox.ticket_message(after, event_type, now, act.detail)
        outbox.put(connection, [message], now)
        outbox.wake(connection)
    return after


def lock(connection: Connection, ticket_id: int) -> Ticket:
    """Return a ticket and hold it.

    Raises: NotFoundError.
    """
    ticket = store.lock_ticket(connection, ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {ticket_id}")
    return ticket


def _changed(
    ticket: Ticket, taken: Transition, actor: Actor, detail: Mapping[str, Any], now: datetime
) -> Ticket:
    """Return the ticket after a transition; pure."""
    target = taken.target or S(ticket.resume_state or S.NEW)
    changed = replace(
        ticket,
        state=target,
        resume_state=ticket.state if target is S.SUSPENDED else None,
        review_date=date.fromisoformat(detail["review_date"]) if target is S.SUSPENDED else None,
        closed_at=now if target in ENDED else None,
    )
    return replace(changed, **_marks(ticket, taken.action, actor, detail, now))


def _marks(
    ticket: Ticket, action: str, actor: Actor, detail: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Return what an action leaves on the ticket besides the state."""
    marks: dict[str, Any] = {}
    match action:
        case "file":
            limits = load_policy().limits_of(ticket.problem, ticket.severity)
            marks = {"filed_at": now, "limits": limits.model_dump(exclude_none=True)}
        case "dispatch" | "force_dispatch":
            is_forced = action == "force_dispatch"
            marks = {"owner_unit": detail["owner_unit"], "is_forced": is_forced}
        case "return":
            marks = {"return_count": ticket.return_count + 1}
        case "start" | "report":
            marks = {"handler": actor.name, "verifier": None}
        case "close" | "auto_close":
            first = ticket.first_resolved_at or now
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


def _pass_on(connection: Connection, ticket: Ticket, action: str, now: datetime) -> Ticket:
    """File and route a red alert's ticket as soon as it is accepted: minutes count."""
    if ticket.severity != "red" or ticket.source_kind != "alert":
        return ticket
    if action == "accept":
        follow = "file"
    elif action == "file" and store.route(connection, ticket.town_id, ticket.problem):
        follow = "dispatch"
    else:
        return ticket
    return transition(
        connection, ticket.ticket_id, follow, actor=SYSTEM, detail={},
        expected_version=None, now=now,
    )  # fmt: skip
