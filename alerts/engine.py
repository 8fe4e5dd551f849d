"""The rule engine inside the ingest transaction: prefetch, evaluate purely, write set-wise.

Idle traps are cleared by one numpy comparison and one indexed query; only series that reach a
limit, or already have a machine, are looked at one reading at a time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from alerts import consequences, store
from alerts.circumstances.store import select_circumstances
from alerts.episode import Sample
from alerts.gate import NotificationGate
from alerts.late import store as late_store
from alerts.machines import store as machine_store
from alerts.machines.machine import Machine
from alerts.machines.store import SeriesKey
from alerts.machines.stored import StoredMachine
from alerts.replays.streaming import group_by_series
from alerts.rules.compiled import CompiledRule
from alerts.rules.rulebook import RuleBook
from core.db import Connection
from core.instant import from_us
from core.reading_batch import ReadingBatch
from core.registry.model import DeviceEntry, Registry


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What one evaluation did: episodes opened and resolved, and machines looked at."""

    fired: int = 0
    resolved: int = 0
    evaluated: int = 0


class Engine:
    """Rules in force for the registered devices; one per worker, used by one thread."""

    def __init__(self, notify_age_us: int) -> None:
        self._notify_age_us = notify_age_us
        self._rulebook = RuleBook()

    def load(self, connection: Connection, registry: Registry) -> None:
        """Take over rules and overrides in force, compiled for every registered device."""
        rulebook = RuleBook(store.select_rules(connection), store.select_overrides(connection))
        for device in registry:
            rulebook.put(device)
        self._rulebook = rulebook

    def refresh_device(self, device: DeviceEntry) -> None:
        """Compile the rules of one device that was registered or changed since ``load``."""
        self._rulebook.put(device)

    def evaluate_batch(
        self, connection: Connection, readings: ReadingBatch, now_us: int
    ) -> BatchOutcome:
        """Judge readings and write what follows, inside the caller's transaction.

        ``readings`` are new, good and live (newer than their series' cursor), in event-time
        order; the caller holds the locks on their series rows.
        """
        readings = readings.take(self._rulebook.judged(readings))
        if not len(readings):
            return BatchOutcome()
        reaching = self._rulebook.could_fire(readings)
        stored = machine_store.select_machines(connection, np.unique(readings.device_id))
        keys = {(machine.device_id, machine.metric) for machine in stored}
        keys.update(
            zip(
                readings.device_id[reaching].tolist(),
                readings.metric[reaching].tolist(),
                strict=True,
            )
        )
        if not keys:
            return BatchOutcome()
        series = {
            key: samples
            for key, samples in group_by_series(_of(readings, keys)).items()
            if key in keys
        }
        return self._advance(connection, series, stored, now_us)

    def note_late(self, connection: Connection, readings: ReadingBatch, now_us: int) -> None:
        """Note readings that came too late to be judged, for a timer to look at."""
        late = readings.take(self._rulebook.judged(readings))
        if len(late):
            late_store.insert_spans(connection, late, from_us(now_us))

    def _advance(
        self,
        connection: Connection,
        series: dict[SeriesKey, list[Sample]],
        stored: list[StoredMachine],
        now_us: int,
    ) -> BatchOutcome:
        machines = list(self._machines(connection, series, stored))
        if not machines:
            return BatchOutcome()
        _look_back(connection, machines, series)
        traps = {m.subject.trap.trap_id for m in machines if m.subject.trap is not None}
        circumstances = select_circumstances(
            connection, traps, self._rulebook.rules, from_us(now_us)
        )
        gate = NotificationGate(self._notify_age_us, circumstances)
        for machine in machines:
            machine.follow(series[_key(machine)], gate)
        changed = [machine for machine in machines if machine.is_changed]
        consequences.write(connection, changed, now_us)
        fired = sum(
            event.type == "fired"
            for machine in changed
            for episode in (*machine.ended, machine.episode)
            if episode is not None
            for event in episode.events
        )
        return BatchOutcome(fired, sum(len(m.ended) for m in changed), len(machines))

    def _machines(
        self,
        connection: Connection,
        series: dict[SeriesKey, list[Sample]],
        stored: list[StoredMachine],
    ) -> Iterable[Machine]:
        known = {(m.device_id, m.metric, m.rule_code): m for m in stored}
        held = sorted(
            m.alert_id
            for m in stored
            if m.alert_id is not None and (m.device_id, m.metric) in series
        )
        episodes = machine_store.lock_alerts(connection, held)
        for (device_id, metric), samples in series.items():
            subject = self._rulebook.subject_of(device_id)
            if subject is None:
                continue
            for rule in self._rulebook.rules_of(device_id, metric):
                machine = Machine(rule, subject)
                loaded = known.get((device_id, metric, rule.code))
                if loaded is not None:
                    loaded.resume(machine, episodes)
                if loaded is not None or _reaches(rule, samples):
                    yield machine


def _look_back(
    connection: Connection, machines: list[Machine], series: dict[SeriesKey, list[Sample]]
) -> None:
    """Load what rules about a slope need of the time before this batch."""
    looking = [machine for machine in machines if machine.rule.trail_us]
    spans: dict[SeriesKey, tuple[int, int]] = {}
    for machine in looking:
        first_us = series[_key(machine)][0].at_us
        from_us_ = first_us - machine.rule.trail_us
        known = spans.get(_key(machine), (from_us_, first_us))
        spans[_key(machine)] = (min(known[0], from_us_), first_us)
    trails = machine_store.select_trails(connection, spans)
    for machine in looking:
        machine.trail = list(trails[_key(machine)])


def _key(machine: Machine) -> SeriesKey:
    device_id, metric = machine.subject.device_id, machine.rule.metric
    assert device_id is not None, "streaming machines follow a device's series"
    assert metric is not None, "streaming machines follow a device's series"
    return device_id, int(metric)


def _of(readings: ReadingBatch, keys: set[SeriesKey]) -> ReadingBatch:
    devices = np.fromiter({device_id for device_id, _ in keys}, dtype=np.int32)
    return readings.take(np.isin(readings.device_id, devices))


def _reaches(rule: CompiledRule, samples: list[Sample]) -> bool:
    limit = rule.worth_a_look_at
    if rule.is_falling:
        return any(sample.value <= limit for sample in samples)
    return any(sample.value >= limit for sample in samples)
