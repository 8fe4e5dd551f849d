import pytest

from alerts.tickets.contents import Field
from alerts.tickets.lifecycle import TRANSITIONS, Role
from api.pages.phone.forms import FORM_FIELDS, forms_of

OWNER = frozenset({Role.OWNER})


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("dispatched", [("start", False), ("return", False), ("report", True)]),
        ("in_progress", [("report", False)]),
        ("reported", []),
        ("closed", []),
    ],
)
def test_what_a_unit_may_do(state: str, offered: list[tuple[str, bool]]) -> None:
    assert [(form.action, form.is_later) for form in forms_of(state, OWNER)] == offered


def test_nobody_else_is_offered_a_units_work() -> None:
    assert forms_of("dispatched", frozenset({Role.CLERK, Role.SUPERVISOR})) == []


def test_a_form_asks_for_what_the_table_says() -> None:
    (report,) = forms_of("in_progress", OWNER)
    needed = {field.name for field in report.inputs if field.is_required}
    assert needed == {"photos_before", "photos_after", "hauler", "note"}
    assert {field.name for field in report.inputs if field.group} == {"volume_l", "weight_kg"}
    assert len({field.name for field in report.inputs}) == len(report.inputs)


def test_every_field_of_a_unit_has_a_form() -> None:
    own = [step for step in TRANSITIONS if Role.OWNER in step.roles]
    assert {str(field) for step in own for field in step.accepted} == FORM_FIELDS
    assert frozenset(str(field) for field in Field) > FORM_FIELDS
