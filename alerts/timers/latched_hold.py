"""Latched rules: a cover that stays open is proven by the clock, not by the next reading."""

from alerts import consequences, store
from alerts.episode import Machine
from alerts.gate import NotificationGate
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
    due = store.select_due_series(connection, now_us)
    if not due:
        return 0
    device_ids = sorted({device_id for device_id, _ in due})
    devices = {device.device_id: device for device in select_devices(connection, device_ids)}
    rulebook = RuleBook(store.select_rules(connection), store.select_overrides(connection))
    for device in devices.values():
        rulebook.put(device)
    machines = []
    for stored in store.select_machines(connection, device_ids):
        if (stored.device_id, stored.metric) in due:
            for rule in rulebook.rules_of(stored.device_id, stored.metric):
                if rule.code == stored.rule_code:
                    machine = Machine(rule, devices[stored.device_id])
                    stored.resume(machine)
                    machines.append(machine)
    traps = sorted({m.device.trap.trap_id for m in machines if m.device.trap is not None})
    gate = NotificationGate(
        NOTIFY_AGE_US, store.select_worked_on_traps(connection, traps, from_us(now_us))
    )
    for machine in machines:
        machine.let_time_pass(now_us, now_us, gate)
    moved = [machine for machine in machines if machine.is_changed]
    consequences.write(connection, moved, now_us)
    return len(moved)
