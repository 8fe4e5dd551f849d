"""Stored machines as they stand, for timers that move them without a reading."""

from collections.abc import Collection

from alerts import store
from alerts.machines import store as machine_store
from alerts.machines.machine import Machine
from alerts.machines.store import SeriesKey
from alerts.rules.rulebook import RuleBook
from core.db import Connection
from core.registry.store import select_devices


def resume_machines(connection: Connection, series: Collection[SeriesKey]) -> list[Machine]:
    """Return the machines of series whose rows the caller has locked; their episodes are held.

    Left out are those whose condition was edited: it judges from the next reading, not before.
    """
    device_ids = sorted({device_id for device_id, _ in series})
    rulebook = RuleBook(store.select_rules(connection), store.select_overrides(connection))
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
    return machines
