"""Levels, reopening, flapping, edited rules, staleness: what one machine does over readings."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from alerts.circumstances.model import Circumstances
from alerts.episode import Sample
from alerts.flapping import BOUNCES_MIN, WINDOW_US, Memory, bounce
from alerts.gate import NotificationGate
from alerts.lifecycle import Phase
from alerts.machines.machine import Machine
from alerts.rules.compiled import CompiledRule, Level
from alerts.subject import Subject
from alerts.suppression.model import Silence, Suppressions, suppressor_of
from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeDevice, MakeRule

FRESH = NotificationGate(900 * SECOND_US)
LOW, BAND, HIGH, WORSE = 600.0, 680.0, 750.0, 900.0
Make = Callable[..., Machine]


@pytest.fixture
def machine(rule: "MakeRule", device: "MakeDevice") -> Make:
    """Yellow from 700, red from 850; clears below 650."""

    def make(red_hold_s: float = 0.0, **timing: float | bool) -> Machine:
        compiled = rule(**timing)
        levels = (Level("yellow", 700.0), Level("red", 850.0, round(red_hold_s * SECOND_US)))
        return Machine(replace(compiled, levels=levels, condition=""), Subject.of_device(device()))

    return make


def gate_of(*silences: Silence) -> NotificationGate:
    suppressor = partial(suppressor_of, suppressions=Suppressions(silences))
    return NotificationGate(900 * SECOND_US, Circumstances(suppressor=suppressor))


def feed(machine: Machine, *readings: tuple[float, float]) -> list[str]:
    """Apply (minutes, value) readings; return what happened to episodes."""
    machine.follow(
        (Sample(round(m * MINUTE_US), v, round(m * MINUTE_US) + 1) for m, v in readings), FRESH
    )
    return happened(machine)


def happened(machine: Machine) -> list[str]:
    episodes = [*machine.ended, *([machine.episode] if machine.episode else [])]
    return [event.type for episode in episodes for event in episode.events]


def notices(machine: Machine) -> list[str]:
    episodes: Iterable = [*machine.ended, *([machine.episode] if machine.episode else [])]
    return [event.notice for episode in episodes for event in episode.events if event.notice]


def test_severity_only_rises_and_each_level_is_told_once(machine: Make) -> None:
    followed = machine()
    events = feed(followed, (0, HIGH), (1, WORSE), (2, HIGH), (3, WORSE), (4, HIGH))
    assert events == ["fired", "notified", "severity_raised"]
    assert notices(followed) == ["alert.fired", "alert.severity_raised"]
    assert followed.episode is not None
    assert (followed.episode.severity, followed.state.last_value) == ("red", HIGH)


def test_a_level_rises_only_after_it_has_held(machine: Make) -> None:
    followed = machine(red_hold_s=120)
    assert feed(followed, (0, HIGH), (1, WORSE), (2, WORSE), (2.5, HIGH), (3, WORSE)) == [
        "fired", "notified",
    ]  # fmt: skip
    assert feed(followed, (4, WORSE), (5, WORSE)) == ["fired", "notified", "severity_raised"]


def test_a_level_counts_from_the_start_of_the_run(machine: Make) -> None:
    """What was red while the hold was still pending is red when it fires."""
    followed = machine(hold_s=120, samples_min=2)
    feed(followed, (0, WORSE), (1, HIGH), (2, HIGH))
    assert followed.episode is not None
    assert followed.episode.severity == "yellow", "red held at the first reading only"
    again = machine(hold_s=120, samples_min=2)
    feed(again, (0, HIGH), (1, HIGH), (2, WORSE))
    assert again.episode is not None
    assert again.episode.severity == "red"
    assert happened(again) == ["fired", "notified"], "it fired at that severity"


def test_a_gap_breaks_the_hold_of_a_level(machine: Make) -> None:
    followed = machine(red_hold_s=600, gap_s=300)
    feed(followed, (0, WORSE), (4, WORSE), (20, WORSE))
    assert followed.episode is not None
    assert followed.episode.severity == "yellow"


def test_a_latched_level_is_proven_by_the_clock(machine: Make) -> None:
    followed = machine(red_hold_s=7_200, hold_s=2_700, latched=True)
    feed(followed, (60, WORSE))
    assert followed.due_us == 6_300 * SECOND_US
    followed.let_time_pass(6_301 * SECOND_US, 6_301 * SECOND_US, FRESH)
    followed.let_time_pass(10_801 * SECOND_US, 10_801 * SECOND_US, FRESH)
    assert followed.episode is not None
    assert [(e.type, e.at_us // SECOND_US) for e in followed.episode.events] == [
        ("fired", 6_300), ("notified", 6_300), ("severity_raised", 10_800),
    ]  # fmt: skip
    assert followed.due_us is None


def test_firing_again_soon_reopens_the_same_episode(machine: Make) -> None:
    followed = machine(reopen_s=7_200)
    events = feed(followed, (0, HIGH), (10, LOW), (100, HIGH))
    assert events == ["fired", "notified", "resolved", "reopened"]
    assert notices(followed) == ["alert.fired", "alert.resolved", "alert.reopened"]
    assert followed.episode is not None
    assert (followed.episode.started_at_us, followed.episode.reopen_count) == (0, 1)
    assert followed.episode.ended_at_us is None
    assert followed.ended == []


def test_firing_again_later_is_a_new_episode(machine: Make) -> None:
    followed = machine(reopen_s=7_200)
    feed(followed, (0, HIGH), (10, LOW), (131, HIGH))
    assert len(followed.ended) == 1
    assert followed.episode is not None
    assert followed.episode.started_at_us == 131 * MINUTE_US


def test_what_was_never_told_is_not_told_again(machine: Make) -> None:
    """Resolved and reopened go to those who got the first message: here nobody."""
    followed = machine(reopen_s=7_200)
    old = [Sample(n * MINUTE_US, v, n * MINUTE_US + HOUR_US) for n, v in ((0, HIGH), (10, LOW))]
    followed.follow(old, FRESH)
    assert notices(followed) == []
    feed(followed, (20, HIGH))
    assert notices(followed) == ["alert.fired"]


def test_an_acknowledgement_ends_when_it_gets_worse_or_comes_back(machine: Make) -> None:
    for worse in ((1, WORSE), (2, LOW), (3, HIGH)), ((1, WORSE),):
        followed = machine(reopen_s=7_200)
        feed(followed, (0, HIGH))
        assert followed.episode is not None
        followed.episode.is_acked = True
        events = feed(followed, *worse)
        assert events.count("unacked") == 1
        assert followed.episode.ack_ended


def test_what_is_silenced_is_told_by_the_first_sample_after_it(machine: Make) -> None:
    followed = machine()
    silenced = gate_of(Silence(12, 0, 10 * MINUTE_US, trap_id=7))
    followed.follow([Sample(n * MINUTE_US, HIGH, n * MINUTE_US) for n in (0, 5)], silenced)
    assert followed.episode is not None
    assert followed.episode.suppressed_by == "silence:12"
    assert notices(followed) == []
    followed.follow([Sample(10 * MINUTE_US, HIGH, 10 * MINUTE_US)], silenced)
    assert notices(followed) == ["alert.fired"]
    assert followed.episode.is_delayed
    assert followed.episode.suppressed_by is None


def test_a_silence_of_lower_severities_lets_the_worse_one_through(machine: Make) -> None:
    followed = machine()
    silenced = gate_of(Silence(12, 0, DAY_US, rule_code="R02", severity_max="orange"))
    followed.follow([Sample(0, HIGH, 0)], silenced)
    assert notices(followed) == []
    followed.follow([Sample(MINUTE_US, WORSE, MINUTE_US)], silenced)
    assert notices(followed) == ["alert.fired"], "red, told for the first time"


def test_the_clock_tells_what_was_silenced_without_a_reading(machine: Make) -> None:
    followed = machine()
    silenced = gate_of(Silence(12, 0, 10 * MINUTE_US, trap_id=7))
    followed.follow([Sample(0, HIGH, 0)], silenced)
    followed.tell_now(10 * MINUTE_US - 1, silenced)
    assert notices(followed) == []
    followed.tell_now(10 * MINUTE_US, silenced)
    assert notices(followed) == ["alert.fired"]
    assert followed.is_changed


def test_whoever_was_told_is_told_the_end_also_during_a_silence(machine: Make) -> None:
    """Alertmanager #226: silenced alerts never send resolved."""
    followed = machine()
    silenced = gate_of(Silence(12, 5 * MINUTE_US, DAY_US, trap_id=7))
    followed.follow([Sample(0, HIGH, 0), Sample(6 * MINUTE_US, LOW, 6 * MINUTE_US)], silenced)
    assert [e.notice for e in followed.ended[0].events if e.notice] == [
        "alert.fired", "alert.resolved",
    ]  # fmt: skip


def test_a_turn_for_the_worse_during_a_silence_is_told_when_it_is_over(machine: Make) -> None:
    for turn in ([(1, WORSE)], [(1, LOW), (2, HIGH)]):
        followed = machine(reopen_s=7_200)
        feed(followed, (0, HIGH))
        silenced = gate_of(Silence(12, 0, 10 * MINUTE_US, trap_id=7))
        followed.follow([Sample(n * MINUTE_US, v, n * MINUTE_US) for n, v in turn], silenced)
        assert followed.episode is not None
        assert followed.episode.suppressed_by == "silence:12"
        followed.episode.events.clear()
        followed.tell_now(10 * MINUTE_US, silenced)
        assert [e.notice for e in followed.episode.events] == ["alert.fired"]
        followed.tell_now(11 * MINUTE_US, silenced)
        assert len(followed.episode.events) == 1, "once"


def flap(followed: Machine, times: int, from_min: float = 0.0) -> None:
    feed(followed, (from_min, HIGH))
    for n in range(times):
        feed(followed, (from_min + 20 * n + 5, LOW), (from_min + 20 * n + 15, HIGH))


def test_three_reopenings_are_flapping_and_are_told_once(machine: Make) -> None:
    """prometheus #6816, #7527, alertmanager #952: firing/resolved/firing loops."""
    followed = machine(reopen_s=7_200)
    flap(followed, 6)
    assert notices(followed) == [
        "alert.fired",
        "alert.resolved", "alert.reopened",
        "alert.resolved", "alert.reopened",
        "alert.resolved", "alert.flapping",
    ]  # fmt: skip
    assert followed.episode is not None
    assert followed.episode.is_flapping


def test_a_flapping_episode_resolves_only_after_six_quiet_hours(machine: Make) -> None:
    followed = machine(reopen_s=7_200)
    flap(followed, 3)
    minutes = [60 + 5 * n for n in range(100)]
    for minute in minutes:
        feed(followed, (minute, LOW))
        if followed.episode is None:
            break
    assert minute == 60 + 360
    assert happened(followed)[-1] == "resolved"
    assert not followed.ended[-1].is_flapping
    assert followed.ended[-1].ended_at_us == 60 * MINUTE_US


def test_relapses_count_as_bounces_and_a_digest_comes_every_six_hours() -> None:
    memory, told = Memory(), []
    for n in range(40):
        memory, tell = bounce(memory, n * 30 * MINUTE_US)
        if tell:
            told.append(n * 30)
    assert told == [60, 420, 780, 1140]
    assert len(memory.bounced_us) == BOUNCES_MIN


def test_bounces_that_are_far_apart_are_not_flapping() -> None:
    memory = Memory()
    for n in range(10):
        memory, tell = bounce(memory, n * (WINDOW_US // 2 + 1))
        assert not tell
    assert not memory.is_flapping


def edited(rule: CompiledRule, raise_at: float) -> CompiledRule:
    levels = (Level("yellow", raise_at), Level("red", raise_at + 150))
    return replace(rule, levels=levels, clear_below=raise_at - 50, condition="")


@pytest.mark.parametrize(
    ("value", "phase"), [(HIGH, Phase.FIRING), (BAND, Phase.FIRING), (LOW, Phase.RECOVERING)]
)
def test_row_12_an_edited_condition_judges_from_the_next_reading(
    machine: Make, value: float, phase: Phase
) -> None:
    """Grafana resets its instances to Normal and sends a resolved; here the episode stays open."""
    followed = machine(clear_hold_s=600, clear_samples_min=2)
    feed(followed, (0, HIGH), (1, LOW), (2, LOW))
    assert followed.state.phase is Phase.RECOVERING
    followed.rule = edited(followed.rule, 701.0)
    events = feed(followed, (3, value))
    assert events == ["fired", "notified", "rule_edited"]
    assert followed.state.phase is phase
    if phase is Phase.RECOVERING:
        assert followed.state.clear_since_us == 3 * MINUTE_US


def test_row_12_pending_starts_anew_and_a_text_edit_resets_nothing(machine: Make) -> None:
    followed = machine(hold_s=600, samples_min=2)
    feed(followed, (0, HIGH), (5, HIGH))
    in_force = followed.rule.rule
    text = in_force.definition.model_copy(update={"name": "new words"})
    followed.rule = replace(followed.rule, rule=in_force.__class__(2, 2, text))
    feed(followed, (6, HIGH))
    assert followed.state.since_us == 0, "the hold goes on"
    followed.rule = edited(followed.rule, 702.0)
    feed(followed, (7, HIGH))
    assert (followed.state.phase, followed.state.since_us) == (Phase.PENDING, 7 * MINUTE_US)


def test_a_stale_episode_is_fresh_again_with_the_next_reading(machine: Make) -> None:
    followed = machine()
    feed(followed, (0, HIGH))
    assert followed.episode is not None
    followed.episode.is_stale = True
    assert feed(followed, (60, HIGH))[-1] == "fresh"
    assert not followed.episode.is_stale


def test_an_episode_keeps_the_severity_it_had_under_an_older_rule(machine: Make) -> None:
    followed = machine()
    feed(followed, (0, WORSE))
    assert followed.episode is not None
    followed.episode.severity_before = "red"
    followed.rule = replace(followed.rule, levels=(Level("yellow", 700.0),), condition="")
    followed.episode.rule, followed.episode.level = followed.rule, 0
    feed(followed, (1, HIGH))
    assert followed.episode.severity == "red"
