"""The clocks of a ticket in the database: read, wound by ``sla.clocks``, written where changed."""

from datetime import datetime

from alerts.tickets import store
from alerts.tickets.model import Ticket
from alerts.tickets.sla.clocks import Clock, ClockState, Timekeeper
from alerts.tickets.sla.policy import Limits, load_policy
from core.db import Connection
from core.errors import InvalidRequestError, UnknownCalendarYearError
from core.instant import format_rfc3339, to_us


def keeper_of(ticket: Ticket, *, is_lenient: bool) -> Timekeeper:
    """Return the timekeeper of a ticket: its own limits, the policy's hours and escalations."""
    policy = load_policy()
    limits = (
        policy.limits_of(ticket.problem, ticket.severity)
        if ticket.limits is None
        else Limits.model_validate(ticket.limits)
    )
    return Timekeeper(policy, limits, policy.working_time(), is_lenient)


def apply(
    connection: Connection,
    ticket: Ticket,
    action: str,
    now: datetime,
    *,
    closed_at: datetime | None = None,
    is_lenient: bool = False,
) -> None:
    """Do to the clocks what an action does.

    Raises: InvalidRequestError: a due time would lie in a year whose holidays are not known.
    """
    before = store.select_clocks(connection, ticket.ticket_id)
    closed_us = None if closed_at is None else to_us(closed_at)
    keeper = keeper_of(ticket, is_lenient=is_lenient)
    try:
        after = keeper.apply(before, action, to_us(now), closed_us)
    except UnknownCalendarYearError as error:
        raise InvalidRequestError(f"no due time can be given: {error}") from None
    save_changed(connection, ticket.ticket_id, before, after)


def recompute(connection: Connection, ticket: Ticket) -> dict[str, str | None]:
    """Give running clocks due times by the ticket's limits; return them by kind, before and after.

    Raises: InvalidRequestError: a due time would lie in a year whose holidays are not known.
    """
    before = store.select_clocks(connection, ticket.ticket_id)
    keeper = keeper_of(ticket, is_lenient=False)
    try:
        after = [
            keeper.set_due(clock) if clock.state is ClockState.RUNNING else clock
            for clock in before
        ]
    except UnknownCalendarYearError as error:
        raise InvalidRequestError(f"no due time can be given: {error}") from None
    save_changed(connection, ticket.ticket_id, before, after)
    return {
        f"{clock.kind}_{name}": None if clock.due_us is None else format_rfc3339(clock.due_us)
        for name, clocks in (("before", before), ("after", after))
        for clock in clocks
        if clock.state is ClockState.RUNNING
    }


def save_changed(
    connection: Connection, ticket_id: int, before: list[Clock], after: list[Clock]
) -> None:
    """Write the clocks that are not as they were."""
    known = {(clock.kind, clock.round): clock for clock in before}
    for clock in after:
        if known.get((clock.kind, clock.round)) != clock:
            store.save_clock(connection, ticket_id, clock)
