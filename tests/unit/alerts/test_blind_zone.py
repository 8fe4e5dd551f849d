"""A level too near to the head to be seen (NaN): it keeps up what holds, and begins nothing."""

from math import nan
from typing import TYPE_CHECKING

import pytest

from alerts.episode import Sample
from alerts.gate import NotificationGate
from alerts.machines.machine import Machine
from alerts.rules.catalogue import load_catalogue
from alerts.rules.compiled import RuleInForce
from alerts.rules.kinds import compile_rule
from alerts.subject import Subject
from core.instant import MINUTE_US, SECOND_US

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeDevice

GATE = NotificationGate(900 * SECOND_US)


def machine_of(code: str, device: "MakeDevice") -> Machine:
    """Return a shipped rule's machine: outlet at 600 mm, cover at 900."""
    (definition,) = [rule for rule in load_catalogue() if rule.code == code]
    (compiled,) = compile_rule(RuleInForce(1, 1, definition), definition.parameters, device())
    return Machine(compiled, Subject.of_device(device()))


def fired_at_min(machine: Machine, readings: dict[float, float]) -> float | None:
    """Feed level_mm by minute; return when an episode fired."""
    machine.follow(
        (Sample(round(m * MINUTE_US), v, round(m * MINUTE_US) + 1) for m, v in readings.items()),
        GATE,
    )
    return machine.episode and machine.episode.fired_at_us / MINUTE_US


@pytest.mark.parametrize(
    ("code", "readings", "fired"),
    [
        ("R01", {0: 610, 5: 720, 8: nan, 12: nan, 16: nan}, 16),
        ("R01", {0: 610, 5: 620, 8: nan, 12: nan, 20: nan}, None),
        ("R04", {0: 610, 5: 650, 7: 720, 7.5: 760, 8: nan, 8.5: nan, 9: nan}, 9),
        ("R04", {0: 610, 5: 650, 7: 720, 7.5: 760, 8: 740, 8.5: 700, 9: 660}, None),
        ("R04", {0: 610, 5: 620, 7: nan, 7.5: nan, 9: nan, 12: nan}, None),
    ],
    ids=["high, then blind", "blind at once", "rising into it", "rising and back", "never seen"],
)
def test_the_blind_zone_keeps_up_what_holds(
    device: "MakeDevice", code: str, readings: dict[float, float], fired: float | None
) -> None:
    assert fired_at_min(machine_of(code, device), readings) == fired


def test_what_is_out_of_sight_has_not_ended(device: "MakeDevice") -> None:
    machine = machine_of("R04", device)
    rising = {0.0: 610.0, 5.0: 650.0, 7.0: 720.0, 7.5: 760.0}
    assert fired_at_min(machine, rising | {n / 2: nan for n in range(16, 60)}) == 9
    assert fired_at_min(machine, {30.0: 650.0, 35.0: 640.0, 40.0: 630.0}) is None
    assert [episode.fired_at_us / MINUTE_US for episode in machine.ended] == [9]
