"""Matching alerts with the truth, and the figures made of it."""

from typing import TYPE_CHECKING, Any

import pytest

from alerts.episode import AlertEvent, Episode
from alerts.subject import Subject
from core.instant import HOUR_US, MINUTE_US
from core.registry.model import DeviceEntry, Registry, TrapEntry
from scoring.expectations import Expectation
from scoring.matching import Places, RuleScore, match
from scoring.report import ScoredRun, make_report, raised_before_spill
from scoring.table import report_lines
from simulators.truth import TrueEpisode
from tests.unit.alerts.conftest import rule as rule_fixture

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeRule

make_rule: "MakeRule" = rule_fixture.__wrapped__  # type: ignore[attr-defined]  # a plain function beneath the fixture
TRAP = TrapEntry(7, "T7", 600.0, 900.0, 3, "small", "open", 1, "wt", sewer_branch="B1")
DEVICE = DeviceEntry(1, "d1", "active", 1, 300, None, 0.0, TRAP)
PLACES = Places(Registry([DEVICE]), ["gw"])
WANTED = Expectation(
    ("leak",), ("tamper",), early_us=HOUR_US, late_us=2 * HOUR_US, merged_by=("R05",)
)


def alert(
    fired_h: float,
    ended_h: float | None = None,
    code: str = "R02",
    *,
    told: bool = True,
    **more: Any,
) -> Episode:
    subject = more.pop("subject", Subject.of_device(DEVICE))
    fired_us = round(fired_h * HOUR_US)
    ended_us = None if ended_h is None else round(ended_h * HOUR_US)
    episode = Episode(
        make_rule()(code), subject, fired_us, fired_us, 1.0, 1.0, ended_at_us=ended_us,
        was_notified=told, **more,
    )  # fmt: skip
    if told:
        episode.events.append(AlertEvent("notified", fired_us, "alert.fired"))
    return episode


def true(start_h: float, end_h: float, kind: str = "leak", **more: Any) -> TrueEpisode:
    return TrueEpisode(kind, round(start_h * HOUR_US), round(end_h * HOUR_US), "T7", **more)


def score(alerts: list[Episode], truth: list[TrueEpisode]) -> RuleScore:
    return match("R02", WANTED, alerts, truth, PLACES)


def counts(found: RuleScore) -> tuple[int, int, int, int]:
    return (
        len(found.true_alerts), len(found.false_alerts), len(found.found), len(found.missed),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fired_h", "ended_h", "expected"),
    [
        (12, 13, (1, 0, 1, 0)),
        (16, 17, (1, 0, 1, 0)),  # up to two hours after its end
        (16.1, 17, (0, 1, 0, 1)),
        (5, 9, (1, 0, 1, 0)),  # still open an hour before it began
        (5, 8.9, (0, 1, 0, 1)),
        (5, None, (1, 0, 1, 0)),
    ],
)
def test_an_alert_belongs_to_what_happened_around_it(
    fired_h: float, ended_h: float | None, expected: tuple[int, ...]
) -> None:
    assert counts(score([alert(fired_h, ended_h)], [true(10, 14)])) == expected


def test_the_delay_is_that_of_the_first_alert_and_never_negative() -> None:
    assert score([alert(13, 14), alert(11, 12)], [true(10, 14)]).found[0][1] == HOUR_US
    assert score([alert(9.5, 12)], [true(10, 14)]).found[0][1] == 0


def test_what_is_accepted_justifies_an_alert_but_need_not_be_found() -> None:
    assert counts(score([alert(11, 12)], [true(10, 14, "tamper")])) == (1, 0, 0, 0)
    assert counts(score([], [true(10, 14, "tamper")])) == (0, 0, 0, 0)


def test_who_was_not_told_neither_finds_nor_errs() -> None:
    assert counts(score([alert(11, 12, told=False)], [true(10, 14)])) == (0, 0, 0, 1)
    assert counts(score([alert(11, 12, told=False)], [])) == (0, 0, 0, 0)
    at_work = alert(11, 12, told=False, suppressed_by="job")
    assert counts(score([at_work], [true(10, 14)])) == (0, 0, 0, 0), "the crew knows"


def test_the_alert_about_the_sewer_stands_for_those_of_its_traps() -> None:
    sewer = alert(11, 13, "R05", subject=Subject.of_branch("B1", 1))
    inhibited = alert(11, 12, told=False, suppressed_by="R05")
    assert counts(score([sewer, inhibited], [true(10, 14)])) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "more",
    [
        {"grade": "borderline"},
        {"detail": {"observable": False}},
        {"detail": {"silent_ratio": 0.31}},
    ],
)
def test_what_could_not_be_seen_is_not_missed(more: dict[str, Any]) -> None:
    assert counts(score([], [true(10, 14, **more)])) == (0, 0, 0, 0)
    assert counts(score([alert(11, 12)], [true(10, 14, **more)])) == (1, 0, 0, 0)


def test_another_place_is_another_story() -> None:
    elsewhere = TrueEpisode("leak", 10 * HOUR_US, 14 * HOUR_US, "T8")
    assert counts(score([alert(11, 12)], [elsewhere])) == (0, 1, 0, 1)


def flood_raised(*alerts: Episode) -> tuple[int, int]:
    truth = [true(10, 14, "overflow"), true(11, 12, "spill"), true(20, 21, "blockage_sudden")]
    return raised_before_spill(alerts, truth, PLACES)


def test_floods_that_spill_have_to_be_told_before() -> None:
    assert flood_raised() == (0, 1), "one of the two floods spilled"
    assert flood_raised(alert(10.9, 13)) == (1, 1)
    assert flood_raised(alert(11.1, 13)) == (0, 1)
    assert flood_raised(alert(4, None)) == (1, 1), "told before and still open"
    assert flood_raised(alert(4, 9)) == (0, 1), "another trouble, which was over"
    assert flood_raised(alert(10.9, 13, told=False)) == (0, 1)
    assert flood_raised(alert(10.9, 13, "R16")) == (0, 1), "no rule about floods"
    assert flood_raised(alert(10.9, 13, "R05", subject=Subject.of_branch("B1", 1))) == (1, 1)


def scored(found: int, missed: int, true_alerts: int, false_alerts: int) -> RuleScore:
    return RuleScore(
        "R02",
        [(true(1, 2), (n + 1) * MINUTE_US) for n in range(found)],
        [true(1, 2)] * missed,
        [alert(1)] * true_alerts,
        [alert(1)] * false_alerts,
    )


def test_figures_of_several_runs_are_added_up() -> None:
    runs = [
        ScoredRun({"R02": scored(3, 1, 8, 2)}, (9, 10)),
        ScoredRun({"R02": scored(5, 1, 10, 0)}, (10, 10)),
    ]
    report = make_report([1, 2], "5min", 20.0, runs)
    figures = report.rules[0]
    assert (figures.precision, figures.recall) == (18 / 20, 8 / 10)
    assert (figures.delay_min, figures.false_a_site_month) == (2.5, 0.1)
    assert (report.precision, report.recall, report.before_spill) == (0.9, 0.8, (19, 20))
    assert report.false_a_site_month == 0.1
    assert report.misses() == [
        "precision 0.900 < 0.95", "recall 0.800 < 0.95", "R02 recall 0.800 < 0.9",
    ]  # fmt: skip
    assert report.document()["misses"] == report.misses()
    lines = list(report_lines(report))
    assert lines[0] == "seeds 1, 2, 5min: 20 site-months"
    assert lines[-1] == "raised before the first spill: 19 of 20 floods that spilled (0.950)"


def test_a_rule_with_nothing_to_find_misses_no_target() -> None:
    report = make_report([1], "5min", 1.0, [ScoredRun({"R02": RuleScore("R02")}, (0, 0))])
    assert report.misses() == []
    assert (report.precision, report.rules[0].delay_min) == (None, None)


def test_too_many_false_alarms_are_a_miss_but_for_blue_ones() -> None:
    noisy = ScoredRun({"R02": scored(1, 0, 100, 1)}, (1, 1))
    report = make_report([1], "5min", 2.0, [noisy])
    assert report.misses() == ["false alarms per site-month 0.500 > 0.2"]
    blue = scored(1, 0, 100, 0)
    blue.false_alerts.append(alert(1, code="R14"))
    assert make_report([1], "5min", 2.0, [ScoredRun({"R14": blue}, (1, 1))]).misses() == []
