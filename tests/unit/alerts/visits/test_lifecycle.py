from itertools import product

import pytest

from alerts.visits.lifecycle import TRANSITIONS, Act, PlanState, StopState, check_open, step
from core.errors import ConflictError


def test_every_state_and_act_is_allowed_or_a_conflict() -> None:
    allowed = {(source, row.act): row for row in TRANSITIONS for source in row.sources}
    for state, act in product(PlanState, Act):
        if (state, act) in allowed:
            assert step(state, act) == allowed[state, act]
        else:
            with pytest.raises(ConflictError, match=state):
                step(state, act)


def test_a_plan_that_has_ended_stays_so() -> None:
    assert {row.act for row in TRANSITIONS} == set(Act)
    for state in (PlanState.DONE, PlanState.CANCELLED):
        assert not any(state in row.sources for row in TRANSITIONS)


def test_a_stop_is_settled_once() -> None:
    check_open(StopState.PLANNED)
    for state in (StopState.VISITED, StopState.SKIPPED):
        with pytest.raises(ConflictError, match=state):
            check_open(state)
