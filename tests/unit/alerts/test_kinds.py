"""What each kind of rule asks of its parameters and makes of a reading."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from alerts.episode import Sample
from alerts.gate import NotificationGate
from alerts.lifecycle import Verdict
from alerts.machines.machine import Machine
from alerts.rules.compiled import CompiledRule, RuleInForce
from alerts.rules.definition import RuleDefinition
from alerts.rules.kinds import compile_rule, parse_parameters
from alerts.subject import Subject
from core.errors import InvalidRequestError
from core.instant import MINUTE_US, SECOND_US
from core.reading import Metric
from tests.unit.alerts.conftest import trap

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeDevice

HELD = {"hold_s": 600, "clear_hold_s": 600}


def in_force(kind: str, parameters: dict[str, Any]) -> RuleInForce:
    return RuleInForce(
        1,
        1,
        RuleDefinition(
            code="X1", name="x", name_en="x", severity="yellow", kind=kind, wording="疑似",
            wording_en="Suspected", source="test", parameters=parameters,
        ),
    )  # fmt: skip


def threshold(device: "MakeDevice", **parameters: Any) -> CompiledRule:
    rule = in_force("threshold", HELD | {"metric": "fog_mm"} | parameters)
    (compiled,) = compile_rule(rule, rule.definition.parameters, device())
    return compiled


def verdicts(rule: CompiledRule, *values: float) -> list[tuple[str, int]]:
    return [(j.verdict.value, j.level) for j in (rule.judge(0, value) for value in values)]


def test_a_threshold_has_levels_and_a_band(device: "MakeDevice") -> None:
    rule = threshold(
        device, levels={"yellow": "value >= 75", "red": "value > 90"}, clear="value < 65"
    )
    assert rule.metric is Metric.FOG_MM
    assert verdicts(rule, 64.9, 65, 74.9, 75, 90, 90.1) == [
        ("clear", -1), ("band", -1), ("band", -1), ("fire", 0), ("fire", 0), ("fire", 1),
    ]  # fmt: skip


def test_a_threshold_may_look_downwards(device: "MakeDevice") -> None:
    rule = threshold(device, levels={"yellow": "value <= 20", "red": "value < 10"})
    assert verdicts(rule, 25, 20.5, 20, 10, 9) == [
        ("clear", -1), ("clear", -1), ("fire", 0), ("fire", 0), ("fire", 1),
    ]  # fmt: skip


def test_no_number_is_neither(device: "MakeDevice") -> None:
    rule = threshold(device, levels={"yellow": "value >= 75"})
    assert rule.judge(0, float("nan")).verdict is Verdict.BAND


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"levels": {"yellow": "value >= 75"}, "clear": "value < 80"}, "overlap"),
        ({"levels": {"yellow": "value >= 75"}, "clear": "value > 70"}, "the other way"),
        ({"levels": {"yellow": "value >= 75", "red": "value >= 75"}}, "beyond"),
        ({"levels": {"yellow": "value >= 75", "red": "value <= 5"}}, "same way"),
        ({"levels": {"yellow": "level >= 75"}}, "value >= 75"),
        ({"levels": {"pink": "value >= 75"}}, "levels"),
        ({"levels": {}}, "at least one"),
        ({"levels": {"yellow": "value >= 1"}, "metric": "grease"}, "unknown metric"),
    ],
)
def test_an_unsound_threshold_is_named(parameters: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidRequestError, match=problem):
        parse_parameters("threshold", HELD | {"metric": "fog_mm"} | parameters)


RISE = {"hold_s": 0, "clear_hold_s": 300, "raise_mm_per_min": 8, "clear_mm_per_min": 2}


def rise(device: "MakeDevice") -> CompiledRule:
    rule = in_force("rise", RISE)
    (compiled,) = compile_rule(rule, rule.definition.parameters, device())
    return compiled


def test_a_fast_rise_is_measured_over_its_window(device: "MakeDevice") -> None:
    """Outlet 600, cover 900: 100 mm in five minutes is 20 mm/min, 9.5 min to the cover."""
    rule = rise(device)
    assert (rule.worth_a_look_at, rule.trail_us) == (680.0, 20 * MINUTE_US)
    trail = [(-1 * MINUTE_US, 610.0), (4 * MINUTE_US, 690.0)]
    judged = rule.judge(5 * MINUTE_US, 712.0, trail)
    assert judged.value == pytest.approx((712 - 626) / 5), "626 mm five minutes ago, interpolated"
    assert judged.verdict is Verdict.FIRE


def test_a_rise_below_the_outlet_is_a_refill(device: "MakeDevice") -> None:
    judged = rise(device).judge(5 * MINUTE_US, 590.0, [(0, 400.0)])
    assert (judged.verdict, judged.value) == (Verdict.CLEAR, 0.0)


def test_a_rise_that_leaves_time_is_not_grave(device: "MakeDevice") -> None:
    deep = device(in_trap=replace(trap(600, 900), cover_mm=1_200))
    rule = in_force("rise", RISE)
    (compiled,) = compile_rule(rule, rule.definition.parameters, deep)
    assert compiled.judge(5 * MINUTE_US, 690.0, [(0, 645.0)]).verdict is Verdict.BAND


def test_nothing_is_said_where_nothing_reaches_back(device: "MakeDevice") -> None:
    assert rise(device).judge(5 * MINUTE_US, 700.0, [(MINUTE_US, 600.0)]).verdict is Verdict.BAND


def test_a_cover_in_a_road_is_red_at_once_and_one_left_open_at_night(device: "MakeDevice") -> None:
    parameters = HELD | {"red_on_road": True, "red_hold_s": 7_200, "red_night_hold_s": 2_700}
    rule = in_force("cover", parameters)
    street = device(in_trap=replace(trap(), on_road=True))
    yard, road = (compile_rule(rule, parameters, d)[0] for d in (device(), street))
    assert [level.severity for level in road.levels] == ["yellow", "red", "red", "red"]
    noon_us, late_us = (h * 60 * MINUTE_US for h in (4, 15))  # 12:00 and 23:00 in Shanghai
    assert yard.judge(noon_us, 1.0).level == 1, "red after two hours"
    assert yard.judge(late_us, 1.0).level == 2, "red by night after 45 minutes"
    assert road.judge(noon_us, 1.0).level == 2


def test_a_steep_rise_does_not_wait_for_the_hold(device: "MakeDevice") -> None:
    slow, steep = RISE | {"hold_s": 120}, {"steep_mm_per_min": 30, "steep_hold_s": 20}
    rule = in_force("rise", slow | steep)
    (compiled,) = compile_rule(rule, rule.definition.parameters, device())

    def fired_at_s(*readings: tuple[int, float]) -> float | None:
        machine = Machine(compiled, Subject.of_device(device()))
        samples = [Sample(s * SECOND_US, mm, s * SECOND_US) for s, mm in readings]
        machine.follow(samples, NotificationGate(900 * SECOND_US))
        return machine.episode and machine.episode.fired_at_us / SECOND_US

    before = ((0, 610.0), (300, 610.0))
    assert fired_at_s(*before, (360, 700.0), (390, 720.0), (420, 740.0), (480, 750.0)) == 480
    assert fired_at_s(*before, (360, 700.0), (370, 765.0), (379, 765.0), (380, 765.0)) == 380
    assert fired_at_s(*before, (360, 765.0), (390, 700.0), (410, 620.0)) is None, "a foam echo"


def test_a_steep_rise_is_not_less_than_a_rise(device: "MakeDevice") -> None:
    with pytest.raises(InvalidRequestError, match="steep_mm_per_min"):
        parse_parameters("rise", RISE | {"steep_mm_per_min": 7})
