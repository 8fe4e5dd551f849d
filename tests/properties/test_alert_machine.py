"""Whatever comes in whatever order: the machine stands where a naive reading of the rules says."""

from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from alerts.lifecycle import Phase
from alerts.rule_tests.case import Case, Defaults
from alerts.rule_tests.readings import Arrival
from alerts.rule_tests.scene import Scene
from alerts.rule_tests.short_form import ShortRule
from alerts.rule_tests.world import World
from alerts.rules.compiled import RuleInForce
from alerts.suppression.model import Silence
from core.instant import DAY_US, MINUTE_US
from core.reading import Metric

CLEAR, BAND, HIGH, WORSE = 60.0, 70.0, 80.0, 95.0
START_US = 20_000 * DAY_US
GAP, REOPEN, WINDOW, RED_HOLD = 15, 120, 360, 5
CASE = Case.model_validate(
    {"name": "any", "input": [{"series": {"metric": "fog_mm"}, "values": "60"}]}
)


@dataclass
class Truth:
    """What should be the case; times in minutes. ``episodes``: [start, end or None]."""

    phase: Phase = Phase.OK
    since: int = 0
    clear_since: int = 0
    level: int = 0
    relapses: int = 0
    reopened: int = 0
    flapping: bool = False
    acked: bool = False
    episodes: list[list[int | None]] = field(default_factory=list)


def oracle(  # noqa: C901  # one loop without helpers is easier to believe
    events: list[tuple[int, float | None]], hold: int, samples: int, clear_hold: int
) -> Truth:
    """Return what follows from all live readings (minute, value) and acts (minute, None: ack)."""
    truth = Truth()
    fence = fired_from = 0  # runs of the condition begin after the last end, of levels with it
    resolved_at, bounces = -10_000, []
    seen: list[tuple[int, float]] = []

    def run(holds_at: float, first: int, below: bool = False) -> list[int]:
        """Return the minutes of the unbroken run, without gaps, that ends with the last reading."""
        minutes: list[int] = []
        for minute, value in reversed(seen[first:]):
            holds = value < holds_at if below else value >= holds_at
            if not holds or (minutes and minutes[-1] - minute > GAP):
                break
            minutes.append(minute)
        return minutes[::-1]

    def bounce(now: int) -> None:
        bounces[:] = [*(b for b in bounces if now - b <= WINDOW), now]
        truth.flapping = truth.flapping or len(bounces) >= 3

    def rise(now: int) -> None:
        red = run(90, fired_from)
        if red and now - red[0] >= RED_HOLD and truth.level < 1:
            truth.level, truth.acked = 1, False

    for now, value in events:
        if value is None:
            truth.acked = True
            continue
        before = seen[-1][1] if seen else CLEAR
        seen.append((now, value))
        if truth.phase in {Phase.OK, Phase.PENDING}:
            high = run(75, fence)
            truth.phase, truth.since = (Phase.PENDING, high[0]) if high else (Phase.OK, 0)
            if not high or now - high[0] < hold or len(high) < samples:
                continue
            truth.phase, fired_from = Phase.FIRING, len(seen) - len(high)
            fence = len(seen)
            if now - resolved_at <= REOPEN:
                truth.episodes[-1][1], truth.reopened, truth.acked = None, truth.reopened + 1, False
                bounce(now)
            else:
                truth.episodes.append([high[0], None])
                truth.level = truth.relapses = truth.reopened = 0
            rise(now)
            continue
        clear = run(65, fence, below=True)
        if value >= 65:
            if before < 65:
                truth.relapses += 1
                bounce(now)
            truth.phase = Phase.FIRING
            rise(now)
            continue
        truth.phase, truth.clear_since = Phase.RECOVERING, clear[0]
        quiet = max(clear_hold, WINDOW) if truth.flapping else clear_hold
        if now - clear[0] >= quiet and len(clear) >= samples:
            truth.phase, truth.episodes[-1][1] = Phase.OK, clear[0]
            resolved_at, fence, truth.acked = now, len(seen), False
            bounces[:] = [] if truth.flapping else bounces
            truth.flapping = False
    return truth


class AlertMachine(RuleBasedStateMachine):
    """One rule on one series, in the world of the rule tests."""

    @initialize(
        hold=st.sampled_from([0, 10]),
        clear_hold=st.sampled_from([0, 10]),
        samples=st.integers(1, 3),
    )
    def begin(self, hold: int, clear_hold: int, samples: int) -> None:
        definition = ShortRule.model_validate({
            "id": "fat", "match": {"metric": "fog_mm"}, "clear": "value < 65",
            "levels": {"warning": "value >= 75", "critical": "value >= 90"},
            "for_raise": {"critical": f"{RED_HOLD}m"}, "for": f"{hold}m",
            "clear_for": f"{clear_hold}m", "max_gap": f"{GAP}m",
            "min_samples": samples, "clear_samples": samples,
        }).definition()  # fmt: skip
        scene = Scene.of(CASE, Defaults())
        self.world = World([RuleInForce(1, 1, definition)], scene.devices.values(), START_US)
        self.asked = (hold, samples, clear_hold)
        self.minute, self.cursor = 0, -1
        self.events: list[tuple[int, float | None]] = []

    def receive(self, minute: int, value: float) -> None:
        at_us = START_US + minute * MINUTE_US
        self.world.deliver([Arrival(1, int(Metric.FOG_MM), at_us, value)])

    @rule(
        value=st.sampled_from([CLEAR, BAND, HIGH, WORSE]),
        minutes=st.sampled_from([1, 5, 10, 15, 16, 40]),
        times=st.integers(1, 3),
    )
    def deliver(self, value: float, minutes: int, times: int) -> None:
        for _ in range(times):
            self.pass_time(minutes)
            self.receive(self.minute, value)
            self.events.append((self.minute, value))
            self.cursor = self.minute
            self.stands_where_it_should()

    @rule(then=st.sampled_from([CLEAR, BAND, HIGH, WORSE]), bounces=st.integers(1, 3))
    def come_and_go(self, then: float, bounces: int) -> None:
        """As often as it takes to raise, clear, relapse, reopen and flap."""
        for _ in range(bounces):
            self.deliver(HIGH, 5, 3)
            self.deliver(CLEAR, 5, 3)
        self.deliver(then, 5, 2)

    @rule(minutes=st.sampled_from([GAP, REOPEN - 10, REOPEN, REOPEN + 1, WINDOW, WINDOW + 1]))
    def stay_away(self, minutes: int) -> None:
        """Nothing comes until just before, at, or after one of the limits."""
        self.deliver(HIGH, minutes, 1)

    @rule()
    def stay_clear(self) -> None:
        """Long enough for a flapping episode to end."""
        self.deliver(CLEAR, GAP, WINDOW // GAP + 2)

    @rule(minutes=st.integers(1, 50))
    def pass_time(self, minutes: int) -> None:
        self.minute += minutes
        self.world.advance(START_US + self.minute * MINUTE_US)

    @precondition(lambda self: self.cursor > 0)
    @rule(value=st.sampled_from([CLEAR, HIGH, WORSE]))
    def duplicate(self, value: float) -> None:
        self.receive(self.cursor, value)

    @precondition(lambda self: self.cursor > 0)
    @rule(value=st.sampled_from([CLEAR, HIGH, WORSE]), age=st.integers(1, 500))
    def late(self, value: float, age: int) -> None:
        self.receive(self.cursor - age, value)

    @rule()
    def restart(self) -> None:
        self.world.restart()

    @rule()
    def acknowledge(self) -> None:
        for machine in self.world.machines:
            if machine.episode is not None:
                self.world.acknowledge(machine, None)
                self.events.append((self.minute, None))

    @rule(minutes=st.sampled_from([3, 30, 300]))
    def silence(self, minutes: int) -> None:
        now_us = self.world.now_us
        silence = Silence(self.minute, now_us, now_us + minutes * MINUTE_US)
        self.world.around.silences.append(silence)

    @rule()
    def end_silences(self) -> None:
        silences, now_us = self.world.around.silences, self.world.now_us
        silences[:] = [replace(one, ends_us=min(one.ends_us, now_us)) for one in silences]
        self.world.tell_withheld()

    @invariant()
    def stands_where_it_should(self) -> None:
        truth = oracle(self.events, *self.asked)
        machines = self.world.machines
        state = machines[0].state if machines else None
        phase = Phase.OK if state is None else state.phase
        assert phase is truth.phase
        if state is not None and phase is Phase.PENDING:
            assert minutes(state.since_us) == truth.since
        if state is not None and phase is Phase.RECOVERING:
            assert minutes(state.clear_since_us) == truth.clear_since
        records = list(self.world.ledger.episodes.values())
        assert [
            [moment and round(moment.timestamp() - START_US / 1e6) // 60 for moment in ends]
            for ends in ((r.stored.started_at, r.stored.ended_at) for r in records)
        ] == truth.episodes
        if records and phase in {Phase.FIRING, Phase.RECOVERING}:
            episode = machines[0].episode
            assert episode is not None
            assert (episode.level, episode.relapse_count) == (truth.level, truth.relapses)
            assert (episode.reopen_count, episode.is_flapping) == (truth.reopened, truth.flapping)
            assert episode.is_acked == truth.acked

    @invariant()
    def is_told_in_order(self) -> None:
        records = self.world.ledger.episodes.values()
        assert sum(record.status == "firing" for record in records) <= 1
        for record in records:
            assert record.stored.seq == len(record.events)
            told = [event.notice for event in record.events if event.notice]
            assert told[:1] in ([], ["alert.fired"]), "the first thing told is that it fired"
            for event in record.events:
                if event.notice == "alert.fired":  # nothing else is told in the same breath
                    at_once = [e for e in record.events if e.notice and e.at_us == event.at_us]
                    assert at_once == [event]
            ends = [event for event in record.events if event.type == "resolved"]
            if told and ends:
                first_us = next(e.at_us for e in record.events if e.notice)
                later = [event for event in ends if event.at_us > first_us]
                assert all(event.notice == "alert.resolved" for event in later)


def minutes(at_us: int) -> int:
    return (at_us - START_US) // MINUTE_US


def test_the_machine_agrees_with_a_naive_oracle() -> None:
    run_state_machine_as_test(
        AlertMachine, settings=settings(max_examples=100, stateful_step_count=40, deadline=None)
    )
