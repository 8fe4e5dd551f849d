"""SQL of streaming machines: what they remember, the episodes they hold, what they look back at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.episode import Episode
from alerts.flapping import Memory
from alerts.lifecycle import OK, Phase, RuleState
from alerts.machines.machine import Machine
from core.db import Connection, Row
from core.instant import from_us, to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.machines")

SeriesKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class StoredEpisode:
    """The stored part of an episode that a machine needs to go on; its row is held."""

    alert_id: int
    seq: int
    rule_code: str
    severity: str
    level: int
    started_at: datetime
    fired_at: datetime
    ended_at: datetime | None
    value: float
    peak_value: float
    relapse_count: int
    reopen_count: int
    suppressed_by: str | None
    was_notified: bool
    is_flapping: bool
    is_stale: bool
    is_acked: bool
    ticket_id: int | None

    def of(self, machine: Machine) -> Episode:
        """Return it as the episode of a machine."""
        levels = machine.rule.levels
        level = min(self.level, len(levels) - 1)
        return Episode(
            machine.rule,
            machine.subject,
            to_us(self.started_at),
            to_us(self.fired_at),
            self.value,
            self.peak_value,
            level,
            alert_id=self.alert_id,
            seq=self.seq,
            ended_at_us=None if self.ended_at is None else to_us(self.ended_at),
            relapse_count=self.relapse_count,
            reopen_count=self.reopen_count,
            suppressed_by=self.suppressed_by,
            was_notified=self.was_notified,
            is_flapping=self.is_flapping,
            is_stale=self.is_stale,
            is_acked=self.is_acked,
            ticket_id=self.ticket_id,
            severity_before=self.severity,
        )


@dataclass(frozen=True, slots=True)
class StoredMachine:
    """What a machine remembers, as stored."""

    device_id: int
    metric: int
    rule_code: str
    alert_id: int | None
    condition: str
    state: RuleState
    memory: Memory

    def resume(self, machine: Machine, episodes: Mapping[int, StoredEpisode]) -> None:
        """Put a fresh machine of the same rule and series where this one stands."""
        machine.state, machine.memory = self.state, self.memory
        machine.condition = self.condition
        stored = None if self.alert_id is None else episodes.get(self.alert_id)
        if stored is None:
            return
        if self.state.phase in {Phase.OK, Phase.PENDING}:
            machine.last = stored.of(machine)
        else:
            machine.episode = stored.of(machine)
            machine.catch_up()


def select_machines(connection: Connection, device_ids: Sequence[int]) -> list[StoredMachine]:
    """Return what the machines of these devices remember."""
    rows = connection.execute(_QUERIES["select_machines"], {"device_ids": list(device_ids)})
    return [_stored(row) for row in rows]


def lock_alerts(connection: Connection, alert_ids: Sequence[int]) -> dict[int, StoredEpisode]:
    """Return episodes by number and hold their rows until the transaction ends."""
    if not alert_ids:
        return {}
    rows = connection.execute(_QUERIES["lock_alerts"], {"alert_ids": list(alert_ids)})
    return {row[0]: StoredEpisode(*row) for row in rows}


def select_trails(
    connection: Connection, spans: Mapping[SeriesKey, tuple[int, int]]
) -> dict[SeriesKey, list[tuple[int, float]]]:
    """Return the good readings of series in [from, to), oldest first; instants in µs."""
    trails: dict[SeriesKey, list[tuple[int, float]]] = {key: [] for key in spans}
    if not spans:
        return trails
    rows = connection.execute(
        _QUERIES["select_trails"],
        {
            "device_id": [device_id for device_id, _ in spans],
            "metric": [metric for _, metric in spans],
            "from_at": [from_us(start_us) for start_us, _ in spans.values()],
            "to_at": [from_us(end_us) for _, end_us in spans.values()],
        },
    )
    for device_id, metric, measured_at, value in rows:
        trails[device_id, metric].append((to_us(measured_at), value))
    return trails


def select_due_series(connection: Connection, now_us: int) -> list[SeriesKey]:
    """Lock and return (device_id, metric) of latched machines whose time has come."""
    rows = connection.execute(
        _QUERIES["select_due_series"], {"now_us": now_us, "now": from_us(now_us)}
    )
    return [(row[0], row[1]) for row in rows]


def save_machines(connection: Connection, machines: Sequence[Machine]) -> None:
    """Write machines; those that have nothing to remember lose their row."""
    idle = [machine for machine in machines if machine.is_idle]
    active = [machine for machine in machines if not machine.is_idle]
    if idle:
        connection.execute(_QUERIES["delete_machines"], _keys(idle))
    if active:
        connection.execute(_QUERIES["upsert_machines"], {**_keys(active), **_columns(active)})


def _stored(row: Row) -> StoredMachine:
    values: Row = (Phase(row[5]), *row[6:15], tuple(row[15]))
    state = OK if values[0] is Phase.OK else RuleState(*values)
    columns: Row = (*row[:5], state, Memory(row[16], tuple(row[17]), row[18], row[19]))
    return StoredMachine(*columns)


def _keys(machines: Sequence[Machine]) -> dict[str, list[Any]]:
    return {
        "rule_code": [machine.rule.code for machine in machines],
        "device_id": [machine.subject.device_id for machine in machines],
        "metric": [machine.rule.metric for machine in machines],
    }


def _columns(machines: Sequence[Machine]) -> dict[str, list[Any]]:
    states = [machine.state for machine in machines]
    memories = [machine.memory for machine in machines]
    episodes = [machine.episode or machine.last for machine in machines]
    columns = {
        name: [getattr(state, name) for state in states]
        for name in RuleState.__slots__
        if name not in {"phase", "level_since_us"}
    }
    return columns | {
        "phase": [int(state.phase) for state in states],
        "level_since_us": [_array(state.level_since_us) for state in states],
        "condition": [machine.rule.condition for machine in machines],
        "resolved_us": [memory.resolved_us for memory in memories],
        "bounced_us": [_array(memory.bounced_us) for memory in memories],
        "is_flapping": [memory.is_flapping for memory in memories],
        "flapping_told_us": [memory.told_us for memory in memories],
        "alert_id": [episode and episode.alert_id for episode in episodes],
        "due_us": [machine.due_us for machine in machines],
    }


def _array(numbers: Sequence[int]) -> str:
    """Return an array literal: unnest would flatten arrays of arrays."""
    return "{" + ",".join(map(str, numbers)) + "}"
