"""Latched rules: a cover that stays open is proven by the clock, not by the next reading."""

from alerts import consequences
from alerts.gate import NOTIFY_AGE_US
from alerts.machines import store as machine_store
from alerts.timers.resume import resume_machines
from core.db import AdvisoryLock, Connection, try_lock


def run_once(connection: Connection, now_us: int, *, notify_age_us: int = NOTIFY_AGE_US) -> int:
    """Apply what the clock has proven up to ``now_us``; return how many machines moved.

    The series rows are locked as ingest locks them; a series that a worker holds is left to it,
    since the engine lets time pass itself before it applies a reading.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_LATCHED_HOLD):
        return 0
    due = machine_store.select_due_series(connection, now_us)
    if not due:
        return 0
    resumed = resume_machines(connection, set(due))
    gate = resumed.gate(connection, now_us, notify_age_us)
    for machine in resumed.machines:
        machine.let_time_pass(now_us, now_us, gate)
    moved = [machine for machine in resumed.machines if machine.is_changed]
    consequences.write(connection, moved, now_us)
    return len(moved)
