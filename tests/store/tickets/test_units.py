"""Units and the routes to them: the route that says most wins."""

import pytest

from alerts.tickets.store import route
from alerts.units import actions, store
from alerts.units.store import Unit
from core.errors import ConflictError, InvalidRequestError, NotFoundError
from tests.store.tickets.conftest import Desk, set_route_to

AUDITED = "SELECT action, subject_id FROM audit_event WHERE action LIKE 'unit%%' ORDER BY 1, 2"


def test_the_route_that_says_most_wins(desk: Desk) -> None:
    for code in ("u3", "u4"):
        actions.add_unit(desk.connection, Unit(code, code, code, ""), actor="gao", now=desk.now)

    def found() -> str | None:
        return route(desk.connection, 1, "overflow")

    assert found() is None
    expected = [("u1", None, None), ("u2", "wt", None), ("u3", None, "overflow")]
    for unit, town, problem in [*expected, ("u4", "wt", "overflow")]:
        set_route_to(desk, unit, town, problem)
        assert found() == unit
    assert route(desk.connection, 1, "odour") == "u2"
    assert route(desk.connection, 2, "odour") == "u1"
    assert [r.unit for r in store.select_routes(desk.connection)] == ["u4", "u3", "u2", "u1"]


def test_setting_a_route_again_replaces_it(desk: Desk) -> None:
    number = set_route_to(desk, "u1")
    assert set_route_to(desk, "u2") == number
    assert [r.unit for r in store.select_routes(desk.connection)] == ["u2"]
    actions.remove_route(desk.connection, number, actor="gao", now=desk.now)
    with pytest.raises(NotFoundError):
        actions.remove_route(desk.connection, number, actor="gao", now=desk.now)


def test_a_unit_that_is_not_at_work_gets_nothing(desk: Desk) -> None:
    set_route_to(desk, "u1")
    set_route_to(desk, "u2", "wt")
    gone = Unit("u2", "u2", "u2", "", is_active=False)
    actions.change_unit(desk.connection, gone, actor="gao", now=desk.now)
    assert route(desk.connection, 1, "overflow") == "u1"
    number = desk.open()
    for action in ("accept", "file", "return"):
        desk.do(number, action)
    with pytest.raises(InvalidRequestError, match="no unit 'u2' at work"):
        desk.do(number, "dispatch", owner_unit="u2")


def test_what_cannot_be_and_what_is_audited(desk: Desk) -> None:
    unit = Unit("u1", "一中队", "Squad 1", "0573-1")
    with pytest.raises(ConflictError, match="'u1' already"):
        actions.add_unit(desk.connection, unit, actor="gao", now=desk.now)
    with pytest.raises(NotFoundError):
        actions.change_unit(desk.connection, unit._replace(code="u9"), actor="gao", now=desk.now)
    for unit_code, town in (("u9", None), ("u1", "nowhere")):
        with pytest.raises(InvalidRequestError, match="no such town, or no such unit"):
            set_route_to(desk, unit_code, town)
    assert actions.change_unit(desk.connection, unit, actor="gao", now=desk.now) == unit
    set_route_to(desk, "u1")
    assert desk.rows(AUDITED) == [
        ("unit.added", "u1"), ("unit.added", "u2"), ("unit.changed", "u1"), ("unit_route.set", "1"),
    ]  # fmt: skip
