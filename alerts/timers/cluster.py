"""R05 on the present: branches on which several traps began to back up together."""

from datetime import timedelta

from alerts import consequences, store
from alerts.circumstances.store import select_circumstances
from alerts.episode import Sample
from alerts.gate import NOTIFY_AGE_US, NotificationGate
from alerts.machines.machine import Machine
from alerts.machines.store import lock_alerts
from alerts.rules.rulebook import RuleBook
from alerts.subject import Subject
from alerts.windowed import store as windowed_store
from alerts.windowed.cluster import cluster_value, compile_cluster
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import SECOND_US, from_us


def run_once(connection: Connection, now_us: int, *, notify_age_us: int = NOTIFY_AGE_US) -> int:
    """Judge all branches with open episodes at ``now_us``; return how many changed."""
    if not try_lock(connection, AdvisoryLock.TIMER_CLUSTER):
        return 0
    rules = store.select_rules(connection)
    rulebook = RuleBook(rules, store.select_overrides(connection))
    moved = 0
    for rule in rules:
        if rule.definition.kind != "cluster":
            continue
        parameters = rulebook.cluster_parameters(rule)
        since = from_us(now_us) - timedelta(seconds=parameters.within_s)
        members = windowed_store.select_cluster_members(connection, parameters.members, since)
        town_of = {branch: town_id for branch, town_id in members}
        known = windowed_store.select_branches(connection)
        branches = sorted({*town_of, *known})
        if not branches:
            continue
        stored = windowed_store.select_machines(connection, "branch", branches)
        held = sorted(m.alert_id for m in stored.values() if m.alert_id is not None)
        episodes = lock_alerts(connection, held)
        gate = NotificationGate(
            notify_age_us, select_circumstances(connection, set(), rules, from_us(now_us))
        )
        compiled = compile_cluster(rule, parameters)
        within_us = round(parameters.within_s * SECOND_US)
        machines = []
        for branch in branches:
            own = [m for (name, _), found in members.items() if name == branch for m in found]
            subject = Subject.of_branch(branch, town_of.get(branch))
            machine = Machine(compiled, subject)
            remembered = stored.get((compiled.code, "branch", branch))
            if remembered is not None:
                remembered.resume(machine, episodes)
            value = cluster_value(own, now_us, within_us, parameters.traps_min)
            machine.follow([Sample(now_us, value, now_us)], gate)
            if machine.is_changed:
                machines.append(machine)
        consequences.write_windowed(connection, machines, now_us)
        moved += len(machines)
    return moved
