"""Latched rules: a cover that stays open is proven by the clock, not by the next reading."""

from alerts import consequences
from alerts.circumstances.store import select_circumstances
from alerts.gate import NotificationGate
from alerts.machines import store as machine_store
from alerts.timers.resume import resume_machines
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import SECOND_US, from_us

#: A proof that is older than this when the timer gets to it is recorded but pages nobody.
NOTIFY_AGE_US = 900 * SECOND_US


def run_once(connection: Connection, now_us: int) -> int:
    """Apply what the clock has proven up to ``now_us``; return how many machines moved.

    The series rows are locked as ingest locks them; a series that a worker holds is left to it,
    since the engine lets time pass itself before it applies a reading.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_LATCHED_HOLD):
        return 0
    due = machine_store.select_due_series(connection, now_us)
    if not due:
        return 0
    machines = resume_machines(connection, set(due))
    traps = {m.subject.trap.trap_id for m in machines if m.subject.trap is not None}
    rules = [machine.rule.rule for machine in machines]
    gate = NotificationGate(
        NOTIFY_AGE_US, select_circumstances(connection, traps, rules, from_us(now_us))
    )
    for machine in machines:
        machine.let_time_pass(now_us, now_us, gate)
    moved = [machine for machine in machines if machine.is_changed]
    consequences.write(connection, moved, now_us)
    return len(moved)
