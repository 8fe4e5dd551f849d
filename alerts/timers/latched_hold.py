"""Latched rules: a cover that stays open is proven by the clock, not by the next reading."""

from alerts import consequences, store
from alerts.circumstances.store import select_circumstances
from alerts.gate import NotificationGate
from alerts.machines import store as machine_store
from alerts.machines.machine import Machine
from alerts.machines.store import SeriesKey
from alerts.rules.rulebook import RuleBook
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import SECOND_US, from_us
from core.registry.store import select_devices

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
    device_ids = sorted({device_id for device_id, _ in due})
    machines = _machines(connection, device_ids, set(due))
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


def _machines(connection: Connection, device_ids: list[int], due: set[SeriesKey]) -> list[Machine]:
    rulebook = RuleBook(store.select_rules(connection), store.select_overrides(connection))
    for device in select_devices(connection, device_ids):
        rulebook.put(device)
    stored = [
        found
        for found in machine_store.select_machines(connection, device_ids)
        if (found.device_id, found.metric) in due
    ]
    held = sorted(found.alert_id for found in stored if found.alert_id is not None)
    episodes = machine_store.lock_alerts(connection, held)
    machines = []
    for found in stored:
        subject = rulebook.subject_of(found.device_id)
        for rule in rulebook.rules_of(found.device_id, found.metric):
            # An edited condition judges from the next reading, not from the clock.
            if rule.code == found.rule_code and rule.condition == found.condition and subject:
                machine = Machine(rule, subject)
                found.resume(machine, episodes)
                machines.append(machine)
    return machines
