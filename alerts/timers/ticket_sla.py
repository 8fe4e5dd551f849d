"""Tickets whose time runs out: warned before, breached at the due time, escalated after it."""

from alerts.tickets import recording, store, timekeeping
from alerts.tickets.model import Ticket
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us

_COUNT_MAX = 200


def run_once(connection: Connection, now_us: int) -> int:
    """Do the escalations that are due; return of how many tickets.

    After an outage of ours each step is told, once. A due time that could not be known when its
    clock started is computed as soon as the calendar knows its year. A ticket that somebody works
    on right now is left to the next run: whoever works on it does what is due, too.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_TICKET_SLA):
        return 0
    tickets = store.lock_due_tickets(connection, from_us(now_us), _COUNT_MAX)
    return sum(_advance(connection, ticket, now_us) for ticket in tickets)


def _advance(connection: Connection, ticket: Ticket, now_us: int) -> bool:
    now = from_us(now_us)
    acts = timekeeping.wind(connection, ticket, now, is_lenient=True)
    for act in acts:
        ticket = recording.record(connection, ticket, ticket, act, now)
    return bool(acts)
