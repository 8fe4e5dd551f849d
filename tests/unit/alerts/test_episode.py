"""Who is told, and when."""

from typing import TYPE_CHECKING

from alerts.circumstances.model import FOREVER_US, Circumstances, Span
from alerts.episode import Sample
from alerts.gate import NotificationGate
from alerts.machines.machine import Machine
from alerts.subject import Subject
from core.instant import SECOND_US

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeDevice, MakeRule

FRESH = NotificationGate(900 * SECOND_US)
AT_WORK = NotificationGate(900 * SECOND_US, Circumstances(works={7: [Span(0, FOREVER_US)]}))
HIGH, LOW = 800.0, 600.0


def sample(at_s: float, value: float, delay_s: float = 1.0) -> Sample:
    return Sample(round(at_s * SECOND_US), value, round((at_s + delay_s) * SECOND_US))


def test_a_fresh_episode_is_told_when_it_fires(rule: "MakeRule", device: "MakeDevice") -> None:
    machine = Machine(rule(), Subject.of_device(device()))
    machine.follow([sample(0, HIGH)], FRESH)
    assert machine.episode is not None
    assert machine.episode.notified_now
    assert not machine.episode.is_delayed
    assert [event.type for event in machine.episode.events] == ["fired", "notified"]


def test_old_data_pages_nobody_and_is_marked(rule: "MakeRule", device: "MakeDevice") -> None:
    machine = Machine(rule(), Subject.of_device(device()))
    machine.follow([sample(0, HIGH, delay_s=901), sample(60, LOW, delay_s=850)], FRESH)
    (episode,) = machine.ended
    assert not episode.is_told
    assert episode.suppressed_by == "late"
    assert [event.type for event in episode.events] == ["fired", "resolved"]


def test_an_old_episode_that_still_fires_is_told_late(
    rule: "MakeRule", device: "MakeDevice"
) -> None:
    machine = Machine(rule(), Subject.of_device(device()))
    machine.follow([sample(0, HIGH, delay_s=2_000), sample(2_000, HIGH)], FRESH)
    assert machine.episode is not None
    assert machine.episode.is_told
    assert machine.episode.is_delayed
    assert machine.episode.suppressed_by is None


def test_a_job_suppresses_until_it_is_over(rule: "MakeRule", device: "MakeDevice") -> None:
    machine = Machine(rule(), Subject.of_device(device()))
    machine.follow([sample(0, HIGH)], AT_WORK)
    assert machine.episode is not None
    assert machine.episode.suppressed_by == "job"
    machine.follow([sample(60, HIGH)], FRESH)
    assert machine.episode.is_told


def test_what_is_suppressed_depends_on_the_rule(rule: "MakeRule", device: "MakeDevice") -> None:
    in_service = Subject.of_device(device())
    serviced = Subject.of_device(device(status="maintenance"))
    assert AT_WORK(rule("R16"), in_service, sample(0, HIGH), "orange") == "job"
    assert AT_WORK(rule("R17"), in_service, sample(0, HIGH), "orange") is None
    assert AT_WORK(rule("R17"), serviced, sample(0, HIGH), "orange") == "maintenance"


def test_it_is_told_only_once(rule: "MakeRule", device: "MakeDevice") -> None:
    machine = Machine(rule(), Subject.of_device(device()))
    machine.follow([sample(n, HIGH) for n in range(10)], FRESH)
    assert machine.episode is not None
    assert [event.type for event in machine.episode.events] == ["fired", "notified"]


def test_two_episodes_in_one_batch_are_two(rule: "MakeRule", device: "MakeDevice") -> None:
    machine = Machine(rule(), Subject.of_device(device()))
    machine.follow([sample(n, HIGH if n % 2 == 0 else LOW) for n in range(4)], FRESH)
    assert [episode.started_at_us for episode in machine.ended] == [0, 2 * SECOND_US]
    assert machine.episode is None


def test_an_episode_ends_when_the_clear_run_began(rule: "MakeRule", device: "MakeDevice") -> None:
    machine = Machine(rule(clear_hold_s=100, clear_samples_min=2), Subject.of_device(device()))
    machine.follow([sample(0, HIGH), sample(50, LOW), sample(150, LOW)], FRESH)
    (episode,) = machine.ended
    assert episode.ended_at_us == 50 * SECOND_US


def test_a_latched_hold_is_proven_before_the_next_reading_is_applied(
    rule: "MakeRule", device: "MakeDevice"
) -> None:
    """Opened for 90 s with a hold of 60 s: it fired, whether or not the timer ran in between."""
    machine = Machine(rule("R16", hold_s=60, latched=True), Subject.of_device(device()))
    machine.follow([sample(0, HIGH), sample(90, LOW)], FRESH)
    (episode,) = machine.ended
    assert (episode.started_at_us, episode.fired_at_us) == (0, 60 * SECOND_US)


def test_an_episode_that_began_and_ended_has_to_be_written(
    rule: "MakeRule", device: "MakeDevice"
) -> None:
    machine = Machine(rule(), Subject.of_device(device()))
    machine.follow([sample(0, HIGH), sample(1, LOW)], FRESH)
    assert machine.is_changed
    idle = Machine(rule(), Subject.of_device(device()))
    idle.follow([sample(0, LOW), sample(1, LOW)], FRESH)
    assert not idle.is_changed
