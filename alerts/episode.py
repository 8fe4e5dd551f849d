"""One machine followed over readings, and the episode it opens; pure.

An episode is told to people once: when it fires on a fresh reading and nothing suppresses it, or
at the first fresh, unsuppressed reading that still finds it firing. What fired on old data or
during a job is recorded with the reason; if it is over before anybody was told, nobody is told.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from alerts.lifecycle import OK, Effect, Phase, RuleState, Step, step, tick
from alerts.rules.compiled import CompiledRule
from core.registry.model import DeviceEntry


class Sample(NamedTuple):
    """One live reading as a machine sees it."""

    at_us: int
    value: float
    received_at_us: int


class AlertEvent(NamedTuple):
    """Something that happened to an episode, at an event time."""

    type: str
    at_us: int


@dataclass(slots=True)
class Episode:
    """One open (or just closed) alert; ``alert_id`` is None until it is stored.

    ``events`` are new since it was loaded; ``seq`` numbers the last stored event.
    """

    rule: CompiledRule
    device: DeviceEntry
    started_at_us: int
    fired_at_us: int
    value: float
    peak_value: float
    alert_id: int | None = None
    seq: int = 0
    ended_at_us: int | None = None
    relapse_count: int = 0
    suppressed_by: str | None = None
    was_notified: bool = False
    notified_now: bool = False
    is_delayed: bool = False
    ticket_id: int | None = None
    events: list[AlertEvent] = field(default_factory=list)

    @property
    def dedup_key(self) -> str:
        """What makes two episodes the same: rule, device and metric."""
        return f"{self.rule.code}:device:{self.device.device_id}:{self.rule.metric.label}"

    @property
    def is_told(self) -> bool:
        """Whether anybody knows of it."""
        return self.was_notified or self.notified_now


#: Why a sample may not page: "late", "job", …; None: it may.
Gate = Callable[[CompiledRule, DeviceEntry, Sample], str | None]


@dataclass(slots=True)
class Machine:
    """A rule on a series: its state, its open episode, and the episodes that ended meanwhile.

    ``is_changed`` says that something has to be written, also where an episode began and ended
    and the state is again what it was.
    """

    rule: CompiledRule
    device: DeviceEntry
    state: RuleState = OK
    episode: Episode | None = None
    ended: list[Episode] = field(default_factory=list)
    is_changed: bool = False

    def follow(self, samples: Iterable[Sample], gate: Gate) -> None:
        """Apply live readings in event-time order."""
        for sample in samples:
            self.let_time_pass(sample.at_us, sample.received_at_us, gate)
            verdict = self.rule.judge(sample.value)
            taken = step(self.state, verdict, sample.at_us, sample.value, self.rule.timing)
            self._take(taken, sample, gate)

    def let_time_pass(self, now_us: int, received_at_us: int, gate: Gate) -> None:
        """Apply what the clock alone proves up to ``now_us`` (latched rules only)."""
        while (taken := tick(self.state, now_us, self.rule.timing)) is not None:
            self._take(taken, Sample(taken.at_us, self.state.last_value, received_at_us), gate)

    def _take(self, taken: Step, sample: Sample, gate: Gate) -> None:
        before, self.state = self.state, taken.state
        self.is_changed = self.is_changed or self.state is not before
        episode = self.episode
        if taken.effect is Effect.FIRED:
            episode = self.episode = Episode(
                self.rule, self.device, taken.state.since_us, taken.at_us, sample.value,
                taken.state.peak_value,
            )  # fmt: skip
            episode.events.append(AlertEvent("fired", taken.at_us))
        elif episode is not None and taken.effect is Effect.RESOLVED:
            episode.ended_at_us = before.clear_since_us or taken.at_us
            episode.events.append(AlertEvent("resolved", taken.at_us))
            self.ended.append(episode)
            self.episode = None
        if episode is not None and taken.state.phase is not Phase.OK:
            episode.peak_value = taken.state.peak_value
            episode.relapse_count = taken.state.relapse_count
        if self.episode is not None and taken.state.phase is Phase.FIRING:
            self._tell(self.episode, sample, gate)

    def _tell(self, episode: Episode, sample: Sample, gate: Gate) -> None:
        if episode.is_told:
            return
        episode.suppressed_by = gate(self.rule, self.device, sample)
        if episode.suppressed_by is None:
            episode.notified_now = True
            episode.is_delayed = sample.at_us != episode.fired_at_us
            episode.events.append(AlertEvent("notified", sample.at_us))
