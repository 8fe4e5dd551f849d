from typing import TYPE_CHECKING

from alerts.episode import Episode
from alerts.late.corrections import Corrections, Move, OnRecord, Window, correct
from alerts.subject import Subject

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeRule

WINDOW = Window(first_us=0, late_from_us=100, late_to_us=200)


def replayed(rule: "MakeRule", start: int, end: int | None, fired: int | None = None) -> Episode:

    fired_us = start + 10 if fired is None else fired
    return Episode(rule(), Subject("device", "1", 1), start, fired_us, 1.0, 1.0, ended_at_us=end)


def record(episode: Episode, start: int, end: int | None, fired: int = 160) -> OnRecord:
    return OnRecord(7, episode.dedup_key, start, fired, end)


def test_what_is_on_record_already_stays(rule: "MakeRule") -> None:
    episode = replayed(rule, 150, 190)
    assert correct([record(episode, 150, 190)], [episode], WINDOW) == Corrections([], [])


def test_ends_move(rule: "MakeRule") -> None:
    episode = replayed(rule, 120, 190)
    kept = record(episode, 150, 250)
    assert correct([kept], [episode], WINDOW).moves == [Move(kept, 120, 190)]


def test_it_does_not_begin_after_it_fired(rule: "MakeRule") -> None:
    episode = replayed(rule, 170, 190)
    kept = record(episode, 150, 190, fired=160)
    assert correct([kept], [episode], WINDOW).moves == [Move(kept, 160, 190)]


def test_an_open_one_keeps_firing_and_an_ended_one_stays_ended(
    rule: "MakeRule",
) -> None:
    over, open_ = replayed(rule, 150, 190), replayed(rule, 150, None)
    assert correct([record(over, 150, None)], [over], WINDOW).moves == []
    assert correct([record(open_, 150, 190)], [open_], WINDOW).moves == []


def test_one_that_was_missed_is_added_once_it_is_over(
    rule: "MakeRule",
) -> None:
    over, open_ = replayed(rule, 150, 190), replayed(rule, 150, None)
    assert correct([], [over], WINDOW).missed == [over]
    assert correct([], [open_], WINDOW).missed == []


def test_only_what_late_readings_touch(rule: "MakeRule") -> None:
    before, after = replayed(rule, 50, 99), replayed(rule, 201, 300)
    assert correct([], [before, after], WINDOW) == Corrections([], [])
    at_the_edges = [replayed(rule, 50, 100), replayed(rule, 200, 300)]
    assert correct([], at_the_edges, WINDOW).missed == at_the_edges


def test_what_began_before_the_first_reading_is_not_known_well(
    rule: "MakeRule",
) -> None:
    assert correct([], [replayed(rule, 0, 190)], WINDOW).missed == []


def test_two_on_record_that_are_one_by_now_are_left_alone(
    rule: "MakeRule",
) -> None:
    episode = replayed(rule, 110, 190)
    kept = [record(episode, 110, 130), record(episode, 150, 190)]
    assert correct(kept, [episode], WINDOW) == Corrections([], [])


def test_another_rule_is_another_story(rule: "MakeRule") -> None:
    episode = replayed(rule, 150, 190)
    other = record(episode, 150, 180)._replace(dedup_key="R99:device:1")
    assert correct([other], [episode], WINDOW).missed == [episode]
