"""Conditions on an act beyond the ticket's state: other rows, the time, who did what."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from alerts.evidence.media import PHOTO_TYPES
from alerts.schedules.wall_clock import local_day, zone_of
from alerts.tickets import store
from alerts.tickets.contents import documents_of, photos_of
from alerts.tickets.lifecycle import ENDED, REOPEN_DAYS, RETURN_COUNT_MAX, Role, TicketState
from alerts.tickets.model import Actor, Ticket
from alerts.tickets.sla.policy import load_policy
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, ForbiddenError, InvalidRequestError
from core.instant import to_us

_CLOCK_AHEAD = timedelta(minutes=5)


def hold_others(
    connection: Connection, ticket_id: int, action: str, detail: Mapping[str, Any]
) -> None:
    """Lock what an act changes besides its ticket, in the order in which the engine locks it.

    That is: episodes, the turn, tickets. The engine holds episodes in no order of their numbers,
    so here nobody waits for one.

    Raises: ConflictError: the episodes are being changed right now.
    """
    target = detail.get("target_ticket_id")
    if action == "reopen":
        wait_lock(connection, AdvisoryLock.TICKETS_OF_ALERTS)
    elif action == "merge" and isinstance(target, int) and 0 < target < 2**63:
        held = store.lock_alerts(connection, ticket_id)
        wait_lock(connection, AdvisoryLock.TICKETS_OF_ALERTS)
        if held != store.select_alerts(connection, ticket_id):
            raise ConflictError("its alerts are changing right now: try again")
        for number in sorted({ticket_id, target}):
            store.lock_ticket(connection, number)


def check_role(actor: Actor, role: Role, what: str) -> None:
    """Refuse who does not act in a role.

    Raises: ForbiddenError.
    """
    if role not in actor.roles:
        who = ", ".join(sorted(actor.roles))
        raise ForbiddenError(f"{what} is for the {role}, not for {who}")


def capacities(actor: Actor, ticket: Ticket) -> frozenset[Role]:
    """Return in which capacities somebody may act on a ticket: as its owner only for their unit.

    Raises: ForbiddenError: that leaves none.
    """
    left = actor.capacities(ticket.owner_unit)
    if not left:
        raise ForbiddenError("this ticket is another unit's, or nobody's yet")
    return left


class Attempt(NamedTuple):
    """An act before it is taken: what, who, with which contents, when."""

    action: str
    actor: Actor
    detail: Mapping[str, Any]
    now: datetime


def check(connection: Connection, ticket: Ticket, attempt: Attempt) -> None:
    """Refuse an act whose conditions do not hold.

    Raises: ConflictError, ForbiddenError, InvalidRequestError: which says what is in the way.
    """
    action, actor, detail, now = attempt
    _check_attachments(connection, ticket, detail)
    match action:
        case "dispatch" | "force_dispatch":
            _check_unit(connection, detail["owner_unit"])
            if action == "dispatch" and ticket.return_count >= RETURN_COUNT_MAX:
                raise ConflictError(
                    f"it was returned {ticket.return_count} times: the supervisor decides whose "
                    "it is (force_dispatch)"
                )
        case "return" if ticket.is_forced:
            raise ConflictError("the supervisor decided whose this is: it cannot be returned")
        case "start":
            _check_contact(ticket, detail["first_contact_at"], now)
        case "close":
            _check_closing(connection, ticket, actor, detail)
        case "suspend":
            _check_review(detail["review_date"], now)
        case "merge":
            _check_target(connection, ticket, detail["target_ticket_id"])
        case "reopen":
            _check_reopening(connection, ticket, actor, now)
        case _:
            pass


def _check_attachments(connection: Connection, ticket: Ticket, detail: Mapping[str, Any]) -> None:
    photos, others = photos_of(detail), documents_of(detail)
    if not photos and not others:
        return
    known = store.select_media_types(connection, ticket.ticket_id)
    missing = [digest for digest in dict.fromkeys(photos + others) if digest not in known]
    if missing:
        raise InvalidRequestError(f"this ticket has no attachment {', '.join(missing)}")
    no_photos = [digest for digest in photos if known[digest] not in PHOTO_TYPES]
    if no_photos:
        raise InvalidRequestError(f"not a photo: {', '.join(no_photos)}")
    if len(photos) != len(set(photos)):
        raise InvalidRequestError("photos_before, photos_after: each photo once expected")


def _check_unit(connection: Connection, code: str) -> None:
    if not store.has_unit(connection, code):
        raise InvalidRequestError(f"owner_unit: there is no unit {code!r} at work")


def _check_contact(ticket: Ticket, contact: str, now: datetime) -> None:
    moment = datetime.fromisoformat(contact).astimezone(UTC)
    if not ticket.created_at <= moment <= now + _CLOCK_AHEAD:
        raise InvalidRequestError("first_contact_at: between the ticket's opening and now expected")


def _check_closing(
    connection: Connection, ticket: Ticket, actor: Actor, detail: Mapping[str, Any]
) -> None:
    if actor.name == ticket.handler or store.has_handled(connection, ticket.ticket_id, actor.name):
        raise ForbiddenError("who handled a ticket does not verify it: somebody else closes it")
    alerts, firing = store.count_alerts(connection, ticket.ticket_id)
    is_clear = not firing and (not alerts or ticket.sensor_cleared)
    if not is_clear and "sensor_waiver" not in detail:
        raise ConflictError(
            "the sensor does not show it cleared: wait, or carry sensor_waiver with the reason "
            "why it is closed nevertheless"
        )


def _check_review(day: str, now: datetime) -> None:
    if date.fromisoformat(day) <= local_day(to_us(now), zone_of(load_policy().zone)):
        raise InvalidRequestError("review_date: a day to come expected")


def _check_target(connection: Connection, ticket: Ticket, target_id: int) -> None:
    target = store.lock_ticket(connection, target_id)
    if target is None or target.ticket_id == ticket.ticket_id or target.state in ENDED:
        raise InvalidRequestError("target_ticket_id: another ticket, still open, expected")


def came_back_soon(ticket: Ticket, now: datetime) -> bool:
    """Return whether what brought a ticket about brings it back instead of a new one."""
    if ticket.state != TicketState.CLOSED or ticket.closed_at is None:
        return False
    return now - ticket.closed_at <= timedelta(days=REOPEN_DAYS)


def _check_reopening(connection: Connection, ticket: Ticket, actor: Actor, now: datetime) -> None:
    active = store.lock_active_ticket(connection, ticket.trap_id, ticket.problem)
    if active is not None:
        raise ConflictError(f"ticket {active} is about the same problem of this trap and open")
    if Role.VERIFIER not in actor.roles and not came_back_soon(ticket, now):
        raise ConflictError(f"it was closed more than {REOPEN_DAYS} days ago")
