"""Tickets whose time runs out: warned before, breached at the due time, escalated after it."""

from alerts.tickets import actions, store, timekeeping
from alerts.tickets.lifecycle import ENDED
from alerts.tickets.model import SYSTEM, Act
from alerts.tickets.sla.clocks import Clock, ClockState, Timekeeper
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import format_rfc3339, from_us

_COUNT_MAX = 200


def run_once(connection: Connection, now_us: int) -> int:
    """Do the escalations that are due; return of how many tickets.

    After an outage of ours each step is told, once. A due time that could not be known when its
    clock started is computed as soon as the calendar knows its year.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_TICKET_SLA):
        return 0
    numbers = store.select_due_tickets(connection, from_us(now_us), _COUNT_MAX)
    return sum(_advance(connection, number, now_us) for number in numbers)


def _advance(connection: Connection, ticket_id: int, now_us: int) -> bool:
    ticket = actions.lock(connection, ticket_id)
    if ticket.state in ENDED:
        return False
    keeper = timekeeping.keeper_of(ticket, is_lenient=True)
    before = store.select_clocks(connection, ticket_id)
    after: list[Clock] = []
    acts: list[Act] = []
    for clock in before:
        if clock.state is not ClockState.RUNNING:
            after.append(clock)
            continue
        known = keeper.set_due(clock) if clock.due_us is None else clock
        moved, steps = keeper.advance(known, now_us)
        after.append(moved)
        acts += [_act(keeper, moved, step) for step in steps]
    timekeeping.save_changed(connection, ticket_id, before, after)
    for act in acts:
        ticket = actions.record(connection, ticket, ticket, act, from_us(now_us))
    return bool(acts)


def _act(keeper: Timekeeper, clock: Clock, step: int) -> Act:
    escalation = keeper.policy.escalations[step]
    detail = {
        "clock": clock.kind.value,
        "round": clock.round,
        "due_at": None if clock.due_us is None else format_rfc3339(clock.due_us),
        "share": escalation.at,
        "escalated_to": escalation.to,
    }
    return Act("sla_warning" if escalation.at < 1.0 else "sla_breached", SYSTEM.name, detail)
