"""The catalogue, its validation, and thresholds made concrete."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from alerts.rules.catalogue import load_catalogue
from alerts.rules.compiled import RuleInForce
from alerts.rules.kinds import compile_rule, parse_parameters
from alerts.rules.rulebook import Override, RuleBook, validate_override
from core.errors import InvalidRequestError
from core.instant import SECOND_US
from core.reading import Metric
from core.reading_batch import ReadingBatch
from tests.unit.alerts.conftest import trap

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeDevice

IN_FORCE = [RuleInForce(n, 1, rule) for n, rule in enumerate(load_catalogue(), start=1)]
#: S01 is about ourselves: a fact, and no crew's work.
ABOUT_TRAPS = [rule for rule in IN_FORCE if rule.definition.kind != "endpoint"]
BY_CODE = {rule.definition.code: rule for rule in IN_FORCE}


def test_the_catalogue_holds_the_rules_of_this_version() -> None:
    assert list(BY_CODE) == [*(f"R{n:02d}" for n in range(1, 19)), "S01"]


@pytest.mark.parametrize("rule", ABOUT_TRAPS, ids=lambda rule: rule.definition.code)
def test_an_alert_is_a_lead_not_a_verdict(rule: RuleInForce) -> None:
    assert rule.definition.source
    if rule.definition.code == "R07":  # papers that are missing are a fact
        assert rule.definition.wording.startswith("清掏超期")
        return
    assert rule.definition.wording.startswith("疑似")
    assert rule.definition.wording_en.startswith("Suspected")


@pytest.mark.parametrize("rule", ABOUT_TRAPS, ids=lambda rule: rule.definition.code)
def test_what_somebody_has_to_do_opens_a_ticket(rule: RuleInForce) -> None:
    is_grave = rule.definition.severity in {"orange", "red"}
    #: Yellow or blue at first, but a crew or an inspector has to come in the end.
    is_work = rule.definition.code in {"R06", "R07", "R09", "R10", "R12"}
    assert (rule.definition.ticket_problem is not None) == (is_grave or is_work)


def test_limits_come_from_the_trap(device: "MakeDevice") -> None:
    rule = BY_CODE["R01"]
    (deep,) = compile_rule(rule, rule.definition.parameters, device(in_trap=trap(600, 900)))
    assert (deep.raise_at, deep.clear_below) == (700.0, 660.0)
    (shallow,) = compile_rule(rule, rule.definition.parameters, device(in_trap=trap(600, 700)))
    assert (shallow.raise_at, shallow.clear_below) == (650.0, 630.0)


def test_gaps_follow_the_device(device: "MakeDevice") -> None:
    rule = BY_CODE["R02"]
    (compiled,) = compile_rule(rule, rule.definition.parameters, device(report_interval_s=1_200))
    assert compiled.timing.gap_us_max == 3_600 * SECOND_US


def test_a_cover_rule_judges_contact_and_tilt_off_the_baseline(device: "MakeDevice") -> None:
    rule = BY_CODE["R16"]
    contact, tilt = compile_rule(rule, rule.definition.parameters, device(tilt_baseline_deg=3.0))
    assert (contact.metric, contact.raise_at) == (Metric.COVER_OPEN, 0.5)
    assert (tilt.metric, tilt.raise_at, tilt.clear_below) == (Metric.TILT_DEG, 18.0, 13.0)


@pytest.mark.parametrize(
    ("kind", "parameters", "problem"),
    [
        ("level", {"hold_s": 1, "clear_hold_s": 1}, "expected"),
        ("level", {"hold_s": 1, "clear_hold_s": 1, "raise_surcharge_mm": 100}, "go together"),
        ("level", {"hold_s": 1, "clear_hold_s": 1, "raise_surcharge_mm": 100,
                   "clear_surcharge_mm": 101}, "at most raise_surcharge_mm"),
        ("level", {"hold_s": -1, "clear_hold_s": 1, "raise_surcharge_mm": 1,
                   "clear_surcharge_mm": 1}, "hold_s"),
        ("level", {"hold_s": 1, "clear_hold_s": 1, "raise_surcharge_mm": 1,
                   "clear_surcharge_mm": 1, "colour": 1}, "colour"),
        ("cover", {"hold_s": 1, "clear_hold_s": 1, "tilt_raise_deg": 5}, "tilt_clear_deg"),
        ("silence", {"silence_intervals_max": 0}, "silence_intervals_max"),
    ],
)  # fmt: skip
def test_unsound_parameters_are_named(
    kind: str, parameters: dict[str, float], problem: str
) -> None:
    with pytest.raises(InvalidRequestError, match=problem):
        parse_parameters(kind, parameters)


def test_the_narrower_override_wins(device: "MakeDevice") -> None:
    overrides = [
        Override("R02", "trap", "T7", {"hold_s": 4}),
        Override("R02", "type", "small", {"hold_s": 3}),
        Override("R02", "town", "wt", {"hold_s": 2, "samples_min": 5}),
        Override("R02", "county", "", {"hold_s": 1, "clear_hold_s": 9}),
        Override("R02", "town", "elsewhere", {"hold_s": 99}),
    ]
    merged = RuleBook(IN_FORCE, overrides).parameters(BY_CODE["R02"], device())
    assert (merged["hold_s"], merged["samples_min"], merged["clear_hold_s"]) == (4, 5, 9)


def test_an_override_is_checked_against_its_rule() -> None:
    validate_override(BY_CODE["R02"], {"hold_s": 10})
    for wrong in ({}, {"hold": 10}, {"clear_freeboard_ratio": 0.95}):
        with pytest.raises(InvalidRequestError):
            validate_override(BY_CODE["R02"], wrong)


def test_only_readings_at_a_limit_are_worth_a_look(device: "MakeDevice") -> None:
    book = RuleBook(IN_FORCE)
    book.put(device(1))
    book.put(device(2, status="unclaimed"))
    batch = ReadingBatch.from_rows(
        [
            (1, Metric.LEVEL_MM, 0, 679.9, 0, 0),  # R04 looks from 80 mm above the outlet on
            (1, Metric.LEVEL_MM, 1, 700.0, 0, 0),
            (2, Metric.LEVEL_MM, 2, 5_000.0, 0, 0),
            (1, Metric.COVER_OPEN, 3, 1.0, 0, 0),
            (1, Metric.BATTERY_V, 4, 3.4, 0, 0),
            (99_999, Metric.LEVEL_MM, 5, 5_000.0, 0, 0),
        ]
    )
    judged = book.judged(batch)
    assert judged.tolist() == [True, True, True, True, False, True]
    assert book.could_fire(batch.take(judged)).tolist() == [False, True, False, True, False]


def test_a_device_that_changes_is_compiled_again(device: "MakeDevice") -> None:
    book = RuleBook(IN_FORCE)
    book.put(device(1))
    assert book.rules_of(1, Metric.LEVEL_MM)
    book.put(device(1, status="retired"))
    assert book.rules_of(1, Metric.LEVEL_MM) == ()
    batch = ReadingBatch.from_rows([(1, Metric.LEVEL_MM, 0, 9_000.0, 0, 0)])
    assert not np.any(book.could_fire(batch))
