"""What is stored of machines and of the episodes they hold, and how they resume from it. Pure.

The database's rows (alerts/machines/store.py) and the memory of rule tests have this form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from alerts.episode import Episode
from alerts.flapping import Memory
from alerts.lifecycle import OK, Phase, RuleState
from alerts.machines.machine import Machine
from core.instant import from_us, to_us

#: A row as the database returns it.
Row = tuple[Any, ...]


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

    @classmethod
    def holding(cls, episode: Episode) -> Self:
        """Return what is stored of an episode."""
        assert episode.alert_id is not None, "an episode gets its number when it is stored"
        ended_us = episode.ended_at_us
        return cls(
            alert_id=episode.alert_id,
            seq=episode.seq,
            rule_code=episode.rule.code,
            severity=episode.severity,
            level=episode.level,
            started_at=from_us(episode.started_at_us),
            fired_at=from_us(episode.fired_at_us),
            ended_at=None if ended_us is None else from_us(ended_us),
            value=episode.value,
            peak_value=episode.peak_value,
            relapse_count=episode.relapse_count,
            reopen_count=episode.reopen_count,
            suppressed_by=episode.suppressed_by,
            was_notified=episode.is_told,
            is_flapping=episode.is_flapping,
            is_stale=episode.is_stale,
            is_acked=episode.is_acked,
            ticket_id=episode.ticket_id,
        )

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


def machine_of(row: Row) -> StoredMachine:
    """Return what a row of rule_state says; its columns in the order of select_machines."""
    values: Row = (Phase(row[5]), *row[6:15], tuple(row[15]))
    state = OK if values[0] is Phase.OK else RuleState(*values)
    columns: Row = (*row[:5], state, Memory(row[16], tuple(row[17]), row[18], row[19]))
    return StoredMachine(*columns)


def keys_of(machines: Sequence[Machine]) -> dict[str, list[Any]]:
    """Return the columns of the key: what a machine is of."""
    return {
        "rule_code": [machine.rule.code for machine in machines],
        "device_id": [machine.subject.device_id for machine in machines],
        "metric": [machine.rule.metric for machine in machines],
    }


def columns_of(machines: Sequence[Machine]) -> dict[str, list[Any]]:
    """Return the other columns: what a machine remembers."""
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
        # What the state was judged by: an edited rule takes effect with the next reading.
        "condition": [machine.condition or machine.rule.condition for machine in machines],
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
