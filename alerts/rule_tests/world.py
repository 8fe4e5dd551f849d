"""The product's machines under a virtual clock, with everything around them in memory. Pure.

A reading is judged as ingest judges it: plausibility and clocks, duplicates, the series' cursor,
then the machines. Between readings time passes as the timers of the alerts process let it pass,
but exactly when something is due: a latched hold, staleness, a silence that has ended.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from alerts import staleness
from alerts.episode import AlertEvent
from alerts.gate import NOTIFY_AGE_US, NotificationGate
from alerts.lifecycle import Phase
from alerts.machines.machine import Machine
from alerts.machines.stored import machine_of
from alerts.replays.streaming import group_by_series
from alerts.rule_tests.around import Around
from alerts.rule_tests.coverage import Coverage, WatchedMachine
from alerts.rule_tests.ledger import Ledger, MachineKey
from alerts.rule_tests.readings import Arrival, Readings
from alerts.rules.compiled import CompiledRule, RuleInForce
from alerts.rules.rulebook import RuleBook
from core.reading import Metric
from core.registry.model import DeviceEntry

#: The default of TRAPWATCH_ALERTS__NOTIFY_AGE_S_MAX.

#: The columns of rule_state in the order of select_machines.
_COLUMNS = (
    "device_id", "metric", "rule_code", "alert_id", "condition", "phase", "since_us",
    "sample_count", "clear_since_us", "clear_count", "last_us", "last_value", "peak_value",
    "relapse_count", "level", "level_since_us", "resolved_us", "bounced_us", "is_flapping",
    "flapping_told_us",
)  # fmt: skip
_ARRAYS = {"level_since_us", "bounced_us"}


class World:
    """Rules on devices at a moment; ``now_us`` only moves forward.

    ``restarts_always``: nothing survives in memory from one event to the next.
    """

    def __init__(
        self, rules: Sequence[RuleInForce], devices: Iterable[DeviceEntry], start_us: int
    ) -> None:
        self.now_us = start_us
        self.restarts_always = False
        self.around = Around()
        self.ledger = Ledger()
        self.coverage = Coverage()
        self.rules = list(rules)
        self.devices = {device.device_id: device for device in devices}
        self._readings = Readings()
        self._unack_us: dict[MachineKey, int] = {}
        self._machines: dict[MachineKey, Machine] = {}
        self._told_until_us = start_us
        self.compile()

    @property
    def machines(self) -> list[Machine]:
        """All machines, in the order of their keys."""
        return [self._machines[key] for key in sorted(self._machines)]

    def compile(self) -> None:
        """Take over rules and devices as they are now; close what no rule is behind any more."""
        self._load_rules()
        orphans = []
        for key, machine in self._machines.items():
            device_id, metric, code = key
            rules = {rule.code: rule for rule in self._rulebook.rules_of(device_id, metric)}
            subject = self._rulebook.subject_of(device_id)
            if code not in rules or subject is None:
                orphans.append(machine)
                continue
            machine.rule, machine.subject = rules[code], subject
            for episode in (machine.episode, machine.last):
                if episode is not None:  # as one that is loaded anew (StoredEpisode.of)
                    episode.severity_before = episode.severity
                    episode.level = min(episode.level, len(machine.rule.levels) - 1)
                    episode.rule, episode.subject = machine.rule, subject
        self._close(orphans)

    def restart(self) -> None:
        """Forget everything that is only in memory, and resume from what is stored."""
        self._machines = {}  # compiled rules are values: compiling them again gives the same
        episodes = {n: record.stored for n, record in self.ledger.episodes.items()}
        for key, columns in self.ledger.machines.items():
            stored = machine_of(tuple(_column(columns, name) for name in _COLUMNS))
            for rule in self._rulebook.rules_of(stored.device_id, stored.metric):
                if rule.code == stored.rule_code:
                    stored.resume(self._machine(key, rule), episodes)

    def advance(self, to_us: int) -> None:
        """Let time pass; whatever is due on the way happens at its moment."""
        while (due_us := self._next_due_us()) is not None and due_us <= to_us:
            self.now_us = max(self.now_us, due_us)
            self._let_time_pass()
        self.now_us = max(self.now_us, to_us)

    def deliver(self, arrivals: Sequence[Arrival]) -> None:
        """Take a batch of readings that is received now, in one transaction."""
        gate = self._gate()
        moved = []
        live = self._readings.store(arrivals, self.now_us)
        for (device_id, metric), samples in group_by_series(live).items():
            for rule in self._rulebook.rules_of(device_id, metric):
                machine = self._machine((device_id, metric, rule.code), rule)
                machine.trail = self._readings.trail(
                    (device_id, metric), samples[0].at_us, rule.trail_us
                )
                self._note_edit(machine)
                machine.follow(samples, gate)
                moved.append(machine)
        self.ledger.write(moved, self.now_us)
        if self.restarts_always:
            self.restart()

    def acknowledge(self, machine: Machine, until_us: int | None) -> None:
        """Note that somebody has a machine's open episode in hand."""
        assert machine.episode is not None, "only an open episode is acknowledged"
        machine.episode.is_acked = True
        machine.episode.events.append(AlertEvent("acked", self.now_us))
        key = _key_of(machine)
        self._unack_us.pop(key, None)
        if until_us is not None:
            self._unack_us[key] = until_us
        self.ledger.write([machine], self.now_us)

    def unacknowledge(self, machine: Machine) -> None:
        """Take an acknowledgement back."""
        self._unack_us.pop(_key_of(machine), None)
        if machine.episode is not None and machine.episode.is_acked:
            machine.episode.is_acked = False
            machine.episode.events.append(AlertEvent("unacked", self.now_us))
            self.ledger.write([machine], self.now_us)

    def tell_withheld(self) -> None:
        """Tell what was withheld and is not suppressed any more; late news stay untold."""
        gate = self._gate()
        machines = [m for m in self.machines if _is_withheld(m)]
        for machine in machines:
            machine.tell_now(self.now_us, gate)
        self.ledger.write(machines, self.now_us)

    def is_stale(self, machine: Machine) -> bool:
        """Whether a machine's data have stopped coming."""
        return self.now_us >= staleness.stale_at_us(machine, self._received_us(machine))

    def _load_rules(self) -> None:
        self._rulebook = RuleBook(self.rules)
        for device in self.devices.values():
            self._rulebook.put(device)
            for metric in Metric:
                for rule in self._rulebook.rules_of(device.device_id, metric):
                    self.coverage.note_rule(rule)

    def _close(self, machines: Sequence[Machine]) -> None:
        """Row 11: close what machines hold because their rule or device is gone."""
        for machine in machines:
            if machine.state.phase is not Phase.OK:
                self.coverage.note_row(machine.rule, 11)
            staleness.close(machine, self.now_us)
            del self._machines[_key_of(machine)]
        self.ledger.write(machines, self.now_us)

    def _let_time_pass(self) -> None:
        gate, now_us = self._gate(), self.now_us
        for key in [key for key, at_us in self._unack_us.items() if at_us <= now_us]:
            if (acked := self._machines.get(key)) is not None:
                self.unacknowledge(acked)
            self._unack_us.pop(key, None)
        for machine in self.machines:
            if (due_us := self._latched_due_us(machine)) is not None and due_us <= now_us:
                machine.let_time_pass(now_us, now_us, gate)
            if (due_us := self._stale_due_us(machine)) is not None and due_us <= now_us:
                self.coverage.note_row(machine.rule, 10)
                staleness.go_stale(machine, now_us)
        self.ledger.write(self.machines, now_us)
        self._told_until_us = now_us
        self.tell_withheld()
        if self.restarts_always:
            self.restart()

    def _next_due_us(self) -> int | None:
        dues = [*self._unack_us.values(), self.around.next_end_us(self._told_until_us)]
        for machine in self._machines.values():
            dues += [self._latched_due_us(machine), self._stale_due_us(machine)]
        return min((due_us for due_us in dues if due_us is not None), default=None)

    def _latched_due_us(self, machine: Machine) -> int | None:
        """Return when the clock proves something, if the device is alive then."""
        due_us = machine.due_us
        # An edited condition judges from the next reading, not from the clock.
        if due_us is None or machine.condition != machine.rule.condition:
            return None
        device = machine.subject.device
        assert device is not None, "streaming machines follow a device's series"
        heard_us = self._readings.heard_us(device.device_id)
        at_us = max(due_us, self.now_us)
        return due_us if staleness.is_alive(heard_us, at_us, device.report_interval_s) else None

    def _stale_due_us(self, machine: Machine) -> int | None:
        if machine.episode is None or machine.episode.is_stale:
            return None
        return staleness.stale_at_us(machine, self._received_us(machine))

    def _received_us(self, machine: Machine) -> int:
        """Return when a machine's data were last received; a latched state needs no repeating."""
        device_id, metric, _code = _key_of(machine)
        if machine.rule.timing.latched:
            return self._readings.heard_us(device_id)
        return self._readings.received_us(device_id, metric)

    def _note_edit(self, machine: Machine) -> None:
        is_edited = machine.condition not in {"", machine.rule.condition}
        if is_edited and machine.state.phase is not Phase.OK:
            self.coverage.note_row(machine.rule, 12)

    def _machine(self, key: MachineKey, rule: CompiledRule) -> Machine:
        if key not in self._machines:
            subject = self._rulebook.subject_of(key[0])
            assert subject is not None, "its rules are compiled"
            machine = WatchedMachine(rule, subject)
            machine.watch = self._watch
            self._machines[key] = machine
        return self._machines[key]

    def _watch(self, rule: CompiledRule, row: int, value: float) -> None:
        self.coverage.note_row(rule, row)
        self.coverage.note_value(rule, value)

    def _gate(self) -> NotificationGate:
        explaining = self.ledger.explaining_episodes(self.rules)
        circumstances = self.around.circumstances(explaining)
        return NotificationGate(NOTIFY_AGE_US, circumstances)


def _is_withheld(machine: Machine) -> bool:
    episode = machine.episode
    return (
        episode is not None
        and machine.condition == machine.rule.condition
        and episode.suppressed_by not in {None, "late"}
        and machine.state.phase is Phase.FIRING
    )


def _key_of(machine: Machine) -> MachineKey:
    device_id, metric = machine.subject.device_id, machine.rule.metric
    assert device_id is not None, "streaming machines follow a device's series"
    assert metric is not None, "streaming machines follow a device's series"
    return device_id, int(metric), machine.rule.code


def _column(columns: dict[str, Any], name: str) -> Any:
    """Return a column as the database would: arrays were written as their literals."""
    value = columns[name]
    if name in _ARRAYS:
        return [int(number) for number in str(value).strip("{}").split(",") if number]
    return value
