"""One rule followed over the readings of one subject, and the episodes it opens; pure.

An episode is told to people once: when it fires on a fresh reading and nothing suppresses it, or
at the first fresh, unsuppressed reading that still finds it firing. What fired on old data or
during a job is recorded with the reason; if it is over before anybody was told, nobody is told.
The end is told to whoever was told of the beginning.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import isnan

from alerts import flapping, severity
from alerts.episode import AlertEvent, Episode, Gate, Sample
from alerts.flapping import NOTHING, Memory
from alerts.lifecycle import OK, Effect, Phase, RuleState, Step, Timing, rejudge, step, tick
from alerts.rules.compiled import CompiledRule
from alerts.severity import Reached
from alerts.subject import Subject


@dataclass(slots=True)
class Machine:
    """A rule on a subject: its state, its open episode, and the episodes that ended meanwhile.

    ``last`` is the episode that resolved last and may be reopened. ``condition`` is the
    fingerprint of what the state was judged by; "" where there is no state yet. ``is_changed``
    says that something has to be written, also where an episode began and ended and the state is
    again what it was.
    """

    rule: CompiledRule
    subject: Subject
    state: RuleState = OK
    memory: Memory = NOTHING
    episode: Episode | None = None
    last: Episode | None = None
    condition: str = ""
    trail: list[tuple[int, float]] = field(default_factory=list)
    ended: list[Episode] = field(default_factory=list)
    is_changed: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to remember."""
        return self.state is OK and self.memory == NOTHING

    @property
    def due_us(self) -> int | None:
        """When the clock alone will prove something (latched rules only)."""
        return _due_us(self.state, self.rule, self._timing())

    def follow(self, samples: Iterable[Sample], gate: Gate) -> None:
        """Apply live readings in event-time order."""
        for reading in samples:
            is_seen = not isnan(reading.value)
            sample = reading if is_seen else self._as_last_seen(reading)
            if sample is None:
                continue
            self._adopt_rule(sample)
            self.let_time_pass(sample.at_us, sample.received_at_us, gate)
            judged = self.rule.judge(sample.at_us, sample.value, self.trail)
            if is_seen:
                self._extend_trail(sample)
            # The machine keeps the greatest value as the worst; where small is bad, of the negated.
            value = self._sign * judged.value
            timing = self._timing(judged.level)
            taken = step(self.state, judged.verdict, sample.at_us, value, timing)
            climbed = severity.climb(
                self.state, taken.state, Reached(judged.level, sample.at_us),
                self.rule.holds_us, self.rule.timing,
            )  # fmt: skip
            self._take(taken._replace(state=climbed), sample._replace(value=judged.value), gate)
            self._forget(sample.at_us)

    def let_time_pass(self, now_us: int, received_at_us: int, gate: Gate) -> None:
        """Apply what the clock alone proves up to ``now_us`` (latched rules only)."""
        while True:
            due_us = self.due_us
            if due_us is None or due_us > now_us:
                return
            taken = tick(self.state, due_us, self._timing()) or Step(
                self.state, 0, Effect.NONE, due_us
            )
            proven = severity.prove(taken.state, due_us, self.rule.levels, self._sign)
            state = proven if taken.state is not OK else OK
            sample = Sample(taken.at_us, self._sign * self.state.last_value, received_at_us)
            self._take(taken._replace(state=state), sample, gate)

    def tell_now(self, at_us: int, gate: Gate) -> None:
        """Tell what was withheld, if nothing suppresses it any more at ``at_us``."""
        if self.episode is not None and self.state.phase is Phase.FIRING:
            sample = Sample(at_us, self._sign * self.state.last_value, at_us)
            self._tell(self.episode, sample, gate)
            self.is_changed = self.is_changed or bool(self.episode.events)

    def catch_up(self) -> None:
        """Bring the open episode up to what the state has seen; only events are stored at once."""
        if self.episode is None:
            return
        worst = max(self._sign * self.episode.peak_value, self.state.peak_value)
        self.episode.peak_value = self._sign * worst
        self.episode.relapse_count = self.state.relapse_count

    @property
    def _sign(self) -> float:
        return -1.0 if self.rule.is_falling else 1.0

    def _timing(self, level: int = -1) -> Timing:
        """Return the rule's timing for a reading of a level.

        Some fire at once; a flapping episode has to be quiet for long before it resolves.
        """
        timing = self.rule.timing
        for reached in self.rule.levels[: level + 1]:
            if reached.fires_us is not None:
                timing = timing._replace(hold_us=min(timing.hold_us, reached.fires_us))
        if not self.memory.is_flapping:
            return timing
        return timing._replace(clear_hold_us=max(timing.clear_hold_us, flapping.WINDOW_US))

    def _adopt_rule(self, sample: Sample) -> None:
        """Row 12: an edited condition judges from the next live reading."""
        if self.condition and self.condition != self.rule.condition and self.state is not OK:
            self.state = rejudge(self.state)
            self.is_changed = True
            if self.episode is not None:
                self.episode.events.append(AlertEvent("rule_edited", sample.at_us))
        self.condition = self.rule.condition
        if self.episode is not None and self.episode.is_stale:
            self.episode.is_stale = False
            self.is_changed = True
            self.episode.events.append(AlertEvent("fresh", sample.at_us))

    def _as_last_seen(self, sample: Sample) -> Sample | None:
        """Return a reading of a level too near to be seen as what was seen last; None: no help.

        The level is at least that high, so it keeps up what holds; it begins and ends nothing.
        """
        holds = self.state.phase in {Phase.PENDING, Phase.FIRING}
        if not holds or self.rule.is_falling or sample.at_us <= self.state.last_us:
            return None
        if self.rule.derive is None:
            return sample._replace(value=self.state.last_value)
        return sample._replace(value=self.trail[-1][1]) if self.trail else None

    def _extend_trail(self, sample: Sample) -> None:
        if not self.rule.trail_us:
            return
        self.trail.append((sample.at_us, sample.value))
        oldest_us = sample.at_us - self.rule.trail_us
        while self.trail[0][0] < oldest_us:
            self.trail.pop(0)

    def _take(self, taken: Step, sample: Sample, gate: Gate) -> None:
        before, self.state = self.state, taken.state
        self.is_changed = self.is_changed or self.state is not before
        if taken.effect is Effect.FIRED:
            self._open(taken, sample, gate)
        elif taken.effect is Effect.RESOLVED and self.episode is not None:
            self._resolve(self.episode, before.clear_since_us or taken.at_us, taken.at_us)
        elif taken.effect is Effect.RELAPSED and self.episode is not None:
            self._bounce(self.episode, sample, gate)
        episode = self.episode
        if episode is None:
            return
        self.catch_up()
        self._rise(episode, sample, gate)
        if taken.state.phase is Phase.FIRING:
            self._tell(episode, sample, gate)

    def _open(self, taken: Step, sample: Sample, gate: Gate) -> None:
        if self.last is not None and self.memory.may_reopen(taken.at_us, self.rule.reopen_us):
            self._reopen(self.last, taken, sample, gate)
            return
        self.memory = replace(self.memory, resolved_us=0)
        self.last = None
        self.episode = Episode(
            self.rule, self.subject, taken.state.since_us, taken.at_us, sample.value,
            self._sign * taken.state.peak_value, max(taken.state.level, 0),
        )  # fmt: skip
        self.episode.events.append(AlertEvent("fired", taken.at_us))

    def _reopen(self, episode: Episode, taken: Step, sample: Sample, gate: Gate) -> None:
        self.episode, self.last = episode, None
        self.ended = [ended for ended in self.ended if ended is not episode]
        episode.ended_at_us = None
        episode.reopen_count += 1
        self.state = replace(self.state, relapse_count=episode.relapse_count)
        self._end_ack(episode, taken.at_us)
        self.memory, tell = flapping.bounce(self.memory, taken.at_us)
        told = self._may_go_on(episode, sample, gate)
        notice = "alert.reopened" if told and not self.memory.is_flapping else None
        episode.events.append(AlertEvent("reopened", taken.at_us, notice))
        self._flap(episode, taken.at_us, tell=tell, told=told)

    def _bounce(self, episode: Episode, sample: Sample, gate: Gate) -> None:
        self.memory, tell = flapping.bounce(self.memory, sample.at_us)
        told = episode.is_told and self._reason(episode, sample, gate) is None
        self._flap(episode, sample.at_us, tell=tell, told=told)

    def _flap(self, episode: Episode, at_us: int, *, tell: bool, told: bool) -> None:
        episode.is_flapping = self.memory.is_flapping
        if tell:
            notice = "alert.flapping" if told else None
            if told:  # it says what there is to say, also what was kept back
                episode.suppressed_by = None
            episode.events.append(AlertEvent("flapping", at_us, notice))

    def _resolve(self, episode: Episode, ended_at_us: int, proven_us: int) -> None:
        episode.ended_at_us = ended_at_us
        notice = "alert.resolved" if episode.is_told else None
        if episode.is_told:  # what was kept back of it is over
            episode.suppressed_by = None
        episode.events.append(AlertEvent("resolved", proven_us, notice))
        self.memory = flapping.resolve(self.memory, proven_us)
        episode.is_flapping = False
        self.ended.append(episode)
        self.episode, self.last = None, episode

    def _rise(self, episode: Episode, sample: Sample, gate: Gate) -> None:
        level = self.state.level
        if level <= episode.level:
            return
        before = episode.severity
        episode.level = level
        if episode.severity == before:
            return
        self._end_ack(episode, sample.at_us)
        notice = "alert.severity_raised" if self._may_go_on(episode, sample, gate) else None
        episode.events.append(AlertEvent("severity_raised", sample.at_us, notice))

    @staticmethod
    def _end_ack(episode: Episode, at_us: int) -> None:
        if episode.is_acked:
            episode.is_acked = False
            episode.ack_ended = True
            episode.events.append(AlertEvent("unacked", at_us))

    def _reason(self, episode: Episode, sample: Sample, gate: Gate) -> str | None:
        return gate(self.rule, self.subject, sample, episode.severity)

    def _may_go_on(self, episode: Episode, sample: Sample, gate: Gate) -> bool:
        """Whether those who know of it may be told its next turn; if not, they are told later."""
        if not episode.is_told:
            return False
        reason = self._reason(episode, sample, gate)
        if not self.memory.is_flapping:
            episode.suppressed_by = reason
        return reason is None

    def _tell(self, episode: Episode, sample: Sample, gate: Gate) -> None:
        if episode.is_told and episode.suppressed_by is None:
            return
        episode.suppressed_by = self._reason(episode, sample, gate)
        if episode.suppressed_by is None:
            episode.notified_now = True
            episode.is_delayed = sample.at_us != episode.fired_at_us
            episode.events.append(AlertEvent("notified", sample.at_us, "alert.fired"))

    def _forget(self, at_us: int) -> None:
        if self.state is not OK or self.memory == NOTHING:
            return
        if self.memory.is_spent(at_us, self.rule.reopen_us):
            self.memory, self.last = NOTHING, None
            self.is_changed = True


def _due_us(state: RuleState, rule: CompiledRule, timing: Timing) -> int | None:
    if not timing.latched:
        return None
    if state.phase is Phase.RECOVERING:
        return state.clear_since_us + timing.clear_hold_us
    level_us = severity.level_due_us(state, rule.levels, -1.0 if rule.is_falling else 1.0)
    if state.phase is Phase.PENDING:
        hold_us = state.since_us + timing.hold_us
        return hold_us if level_us is None else min(hold_us, level_us)
    return level_us
