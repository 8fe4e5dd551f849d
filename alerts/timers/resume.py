"""Stored machines as they stand, for timers that move them without a reading."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from alerts import store
from alerts.circumstances.store import select_circumstances
from alerts.gate import NotificationGate
from alerts.machines import store as machine_store
from alerts.machines.machine import Machine
from alerts.machines.store import SeriesKey
from alerts.rules.compiled import RuleInForce
from alerts.rules.rulebook import RuleBook
from core.db import Connection
from core.instant import from_us
from core.registry.store import select_devices


@dataclass(frozen=True, slots=True)
class Resumed:
    """Machines, and all rules in force: whatever explains a signal may be of any of them."""

    machines: list[Machine]
    rules: Sequence[RuleInForce]

    def gate(self, connection: Connection, now_us: int, notify_age_us: int) -> NotificationGate:
        """Return who may be told what of these machines at ``now_us``."""
        traps = {m.subject.trap_id for m in self.machines if m.subject.trap_id is not None}
        circumstances = select_circumstances(connection, traps, self.rules, from_us(now_us))
        return NotificationGate(notify_age_us, circumstances)


def resume_machines(connection: Connection, series: Collection[SeriesKey]) -> Resumed:
    """Return the machines of series whose rows the caller has locked; their episodes are held.

    Left out are those whose condition was edited: it judges from the next reading, not before.
    """
    device_ids = sorted({device_id for device_id, _ in series})
    rules = store.select_rules(connection)
    rulebook = RuleBook(rules, store.select_overrides(connection))
    for device in select_devices(connection, device_ids):
        rulebook.put(device)
    stored = [
        found
        for found in machine_store.select_machines(connection, device_ids)
        if (found.device_id, found.metric) in series
    ]
    held = sorted(found.alert_id for found in stored if found.alert_id is not None)
    episodes = machine_store.lock_alerts(connection, held)
    machines = []
    for found in stored:
        subject = rulebook.subject_of(found.device_id)
        for rule in rulebook.rules_of(found.device_id, found.metric):
            if rule.code == found.rule_code and rule.condition == found.condition and subject:
                machine = Machine(rule, subject)
                found.resume(machine, episodes)
                machines.append(machine)
    return Resumed(machines, rules)
