from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from alerts.tickets.lifecycle import BY_ACTION
from api.alerts.schemas import ReviewOrder
from api.pages.registers.controls import (
    controls_of,
    controls_of_action,
    controls_of_parameters,
)
from api.registry.schemas import DevicePatch, TrapPatch
from api.webhooks.schemas import EndpointOrder


def test_controls_are_what_the_model_says() -> None:
    row = SimpleNamespace(capacity_l=250.0, cleaning_interval_days=7, on_road=True, code="T1")
    capacity, days, road, code = controls_of(
        TrapPatch, "capacity_l", "cleaning_interval_days", "on_road", "code", row=row
    )
    assert (capacity.kind, capacity.value, capacity.required) == ("number", 250.0, False)
    assert (days.kind, days.low, days.high) == ("integer", 1, 3_650)
    assert (road.kind, road.value) == ("flag", True)
    assert (code.kind, code.chars_max) == ("line", 200)


def test_times_are_the_countys() -> None:
    row = SimpleNamespace(commissioned_at=datetime(2026, 1, 5, 16, 30, tzinfo=UTC), status="active")
    at, status = controls_of(
        DevicePatch, "commissioned_at", "status", row=row, contexts={"status": "device status"}
    )
    assert (at.kind, at.value) == ("instant", "2026-01-06T00:30:00")
    assert (status.kind, status.context) == ("choice", "device status")
    assert status.choices == ("unclaimed", "active", "maintenance", "retired")


def test_lists_are_lines_and_long_texts_have_several() -> None:
    row = SimpleNamespace(event_types=["a", "b"], town_ids=[1], quiet_hours=None, description="x")
    types, towns, quiet, text = controls_of(
        EndpointOrder, "event_types", "town_ids", "quiet_hours", "description", row=row
    )
    assert (types.kind, types.value) == ("list", "a\nb")
    assert (towns.kind, towns.value) == ("numbers", "1")
    assert quiet.kind == "json"
    assert text.kind == "area"


def test_what_a_review_needs_is_marked() -> None:
    verdict, note = controls_of(ReviewOrder, "verdict", "note")
    assert verdict.required
    assert not note.required


@pytest.mark.parametrize("action", BY_ACTION)
def test_an_action_asks_for_all_that_it_carries(action: str) -> None:
    transition = BY_ACTION[action]
    units = [SimpleNamespace(code="u1", name="一"), SimpleNamespace(code="u2", name="二")]
    first, *others = controls_of_action(transition, units)
    assert (first.name, first.kind, first.value) == ("action", "hidden", action)
    assert {one.label for one in others} == {str(field) for field in transition.accepted}
    must = {str(field) for field in transition.required if not isinstance(field, tuple)}
    assert {one.label for one in others if one.required} == must


def test_a_rules_numbers_and_switches_are_asked_for_and_nothing_else() -> None:
    given = {"hold_s": 600, "red_on_road": True, "members": ["R01"]}
    number, switch = controls_of_parameters(given, {"hold_s": 5})
    assert (number.name, number.kind, number.value) == ("parameters.hold_s", "number", 5)
    assert (switch.name, switch.kind, switch.value) == ("parameters.red_on_road", "switch", None)
