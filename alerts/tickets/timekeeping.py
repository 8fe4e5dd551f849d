"""The clocks of a ticket in the database: read, wound by ``sla.clocks``, written where changed."""

from datetime import datetime

from alerts.tickets import store
from alerts.tickets.model import SYSTEM, Act, Ticket
from alerts.tickets.sla.clocks import Clock, ClockState, Timekeeper, Told
from alerts.tickets.sla.policy import Terms, load_policy
from core.db import Connection
from core.errors import InvalidRequestError, UnknownCalendarYearError
from core.instant import format_rfc3339, to_us


def wind(
    connection: Connection,
    ticket: Ticket,
    now: datetime,
    *,
    action: str | None = None,
    closed_at: datetime | None = None,
    is_lenient: bool,
) -> list[Act]:
    """Bring the clocks to now and do to them what an action does; return what came due before it.

    ``closed_at``: when a ticket that is reopened was closed. ``is_lenient``: see Timekeeper.

    Raises: InvalidRequestError: a due time would lie in a year whose holidays are not known.
    """
    before = store.select_clocks(connection, ticket.ticket_id)
    keeper = _keeper(ticket, is_lenient=is_lenient)
    closed_us = None if closed_at is None else to_us(closed_at)
    try:
        after, told = keeper.wind(before, to_us(now), action, closed_us)
    except UnknownCalendarYearError as error:
        raise InvalidRequestError(f"no due time can be given: {error}") from None
    _save_changed(connection, ticket.ticket_id, before, after)
    return [_escalation(keeper, item) for item in told]


def recompute(connection: Connection, ticket: Ticket, now: datetime) -> dict[str, str | None]:
    """Give running clocks due times by the ticket's terms; return them by kind, before and after.

    Raises: InvalidRequestError: a due time would lie in a year whose holidays are not known.
    """
    before = store.select_clocks(connection, ticket.ticket_id)
    keeper = _keeper(ticket, is_lenient=False)
    try:
        after = [
            keeper.recompute(clock, to_us(now)) if clock.state is ClockState.RUNNING else clock
            for clock in before
        ]
    except UnknownCalendarYearError as error:
        raise InvalidRequestError(f"no due time can be given: {error}") from None
    _save_changed(connection, ticket.ticket_id, before, after)
    return {
        f"{clock.kind}_{name}": _told_time(clock.due_us)
        for name, clocks in (("before", before), ("after", after))
        for clock in clocks
        if clock.state is ClockState.RUNNING
    }


def _keeper(ticket: Ticket, *, is_lenient: bool) -> Timekeeper:
    terms = (
        load_policy().terms_of(ticket.problem, ticket.severity)
        if ticket.terms is None  # opened before there were time limits
        else Terms.model_validate(ticket.terms)
    )
    return Timekeeper(terms, terms.working_time(), is_lenient)


def _save_changed(
    connection: Connection, ticket_id: int, before: list[Clock], after: list[Clock]
) -> None:
    known = {(clock.kind, clock.round): clock for clock in before}
    for clock in after:
        if known.get((clock.kind, clock.round)) != clock:
            store.save_clock(connection, ticket_id, clock)


def _escalation(keeper: Timekeeper, told: Told) -> Act:
    clock, escalation = told.clock, keeper.terms.escalations[told.step]
    detail = {
        "clock": clock.kind.value,
        "round": clock.round,
        "due_at": _told_time(clock.due_us),
        "share": escalation.at,
        "escalated_to": escalation.to,
    }
    return Act("sla_warning" if escalation.at < 1.0 else "sla_breached", SYSTEM.name, detail)


def _told_time(instant_us: int | None) -> str | None:
    return None if instant_us is None else format_rfc3339(instant_us)
