from datetime import UTC, datetime, timedelta

import pytest

from alerts.closures import actions, store
from alerts.closures.store import ClosedSpan, NewClosure
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError
from core.instant import to_us

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CLOSURE = NewClosure(1, NOW, NOW + 2 * DAY, "装修")


def test_rules_are_given_what_overlaps_their_span(register: Connection) -> None:
    actions.add_closure(register, CLOSURE, "local", NOW - DAY)
    span = ClosedSpan(to_us(NOW), to_us(NOW + 2 * DAY), to_us(NOW - DAY))

    def told(from_days: float, to_days: float) -> dict[int, list[ClosedSpan]]:
        return store.select_closures(register, [1, 2], NOW + from_days * DAY, NOW + to_days * DAY)

    assert told(1, 1.5) == told(-1, 0.1) == told(1.9, 9) == told(-9, 9) == {1: [span]}
    assert told(-1, 0) == told(2, 3) == {}
    assert store.select_closures(register, [2], NOW, NOW + DAY) == {}


def test_a_closure_is_told_once_of_a_restaurant_that_is(register: Connection) -> None:
    number = actions.add_closure(register, CLOSURE, "local", NOW)
    with pytest.raises(ConflictError):
        actions.add_closure(register, CLOSURE._replace(reason="x"), "local", NOW)
    with pytest.raises(InvalidRequestError):
        actions.add_closure(register, CLOSURE._replace(restaurant_id=9), "local", NOW)
    (audited,) = register.execute("SELECT action, subject_id, detail FROM audit_event").fetchall()
    assert audited == (
        "closure.added",
        str(number),
        {
            "restaurant_id": 1,
            "closed_from": "2026-01-05T01:00:00Z",
            "closed_to": "2026-01-07T01:00:00Z",
            "reason": "装修",
        },
    )
