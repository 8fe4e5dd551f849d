"""Which silence or maintenance window keeps an alert from being told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.schedules.recurrence import Recurrence
from alerts.subject import Subject
from alerts.suppression.model import (
    MaintenanceWindow,
    Scope,
    Silence,
    Suppressions,
    Target,
    suppressor_of,
)
from core.instant import DAY_US, HOUR_US, INSTANT_MAX_US

AT_US = 100 * DAY_US + HOUR_US
TARGET = Target("R02", "red", device_id=1, gateway_id=2, trap_id=3, restaurant_id=4, town_id=5)
FITTING = {
    "rule_code": "R02", "severity_max": "red", "town_id": 5, "restaurant_id": 4, "trap_id": 3,
    "device_id": 1,
}  # fmt: skip
OTHER = {
    "rule_code": "R01", "severity_max": "orange", "town_id": 9, "restaurant_id": 9, "trap_id": 9,
    "device_id": 9,
}  # fmt: skip


def silence(**matchers: object) -> Silence:
    return replace(Silence(12, 0, INSTANT_MAX_US), **matchers)  # type: ignore[arg-type]  # matchers by name


def window(scope: Scope, scope_id: int | None) -> MaintenanceWindow:
    nightly = Recurrence("FREQ=DAILY", "UTC", 0, 2 * HOUR_US)
    return MaintenanceWindow(3, scope, scope_id, nightly, 0, INSTANT_MAX_US)


def suppressor(
    *found: Silence | MaintenanceWindow, at_us: int = AT_US, target: Target = TARGET
) -> str | None:
    silences = [one for one in found if isinstance(one, Silence)]
    windows = [one for one in found if isinstance(one, MaintenanceWindow)]
    return suppressor_of(target, at_us, Suppressions(silences, windows))


@given(st.sets(st.sampled_from(sorted(FITTING)), min_size=1), st.data())
def test_every_matcher_has_to_fit(names: set[str], data: st.DataObject) -> None:
    fitting = {name: FITTING[name] for name in names}
    assert suppressor(silence(**fitting)) == "silence:12"
    wrong = data.draw(st.sampled_from(sorted(names)))
    assert suppressor(silence(**(fitting | {wrong: OTHER[wrong]}))) is None


@pytest.mark.parametrize("name", ["town_id", "restaurant_id", "trap_id", "device_id"])
def test_what_has_no_such_thing_is_not_matched(name: str) -> None:
    """Alertmanager's inhibition takes labels that are missing on both sides for equal."""
    bare = Target("R02", "red")
    assert suppressor(silence(**{name: FITTING[name]}), target=bare) is None
    assert suppressor(silence(rule_code="R02"), target=bare) == "silence:12"


def test_a_severity_and_all_below_it() -> None:
    mild = silence(severity_max="yellow")
    found = {
        severity: suppressor(mild, target=replace(TARGET, severity=severity))
        for severity in ("blue", "yellow", "orange", "red")
    }
    assert [severity for severity, by in found.items() if by] == ["blue", "yellow"]


def test_a_silence_holds_from_its_start_until_just_before_its_end() -> None:
    short = Silence(12, AT_US, AT_US + 10, trap_id=3)
    assert suppressor(short, at_us=AT_US - 1) is None
    assert suppressor(short, at_us=AT_US) == "silence:12"
    assert suppressor(short, at_us=AT_US + 9) == "silence:12"
    assert suppressor(short, at_us=AT_US + 10) is None
    assert suppressor(replace(short, ends_us=AT_US - 5)) is None, "expired before it began"


@pytest.mark.parametrize(
    ("scope", "scope_id"),
    [("town", 5), ("restaurant", 4), ("trap", 3), ("gateway", 2)],
)
def test_a_maintenance_window_is_about_a_place(scope: Scope, scope_id: int) -> None:
    assert suppressor(window(scope, scope_id)) == "maintenance:3"
    assert suppressor(window(scope, 9)) is None
    assert suppressor(window(scope, scope_id), target=Target("R02", "red")) is None
    assert suppressor(window("county", None), target=Target("R02", "red")) == "maintenance:3"


def test_a_maintenance_window_recurs_while_it_is_known_and_active() -> None:
    nightly = window("county", None)
    assert suppressor(nightly, at_us=100 * DAY_US) == "maintenance:3", "exactly at the start"
    assert suppressor(nightly, at_us=100 * DAY_US + 2 * HOUR_US) is None, "exactly at the end"
    assert suppressor(nightly, at_us=100 * DAY_US - 1) is None
    assert suppressor(replace(nightly, known_us=AT_US + 1)) is None
    assert suppressor(replace(nightly, ends_us=AT_US)) is None


def test_silences_come_first_and_the_oldest_is_named() -> None:
    second = replace(silence(trap_id=3), silence_id=13)
    assert suppressor(window("county", None), silence(trap_id=3), second) == "silence:12"
    assert suppressor(silence(trap_id=9), window("county", None), second) == "silence:13"
    assert suppressor() is None
    assert not Suppressions()


def test_a_target_of_a_branch_has_a_town_only() -> None:
    target = Target.of("R05", "orange", Subject.of_branch("B1", 5))
    assert target == Target("R05", "orange", town_id=5)
