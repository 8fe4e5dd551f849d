"""Every (state, action) cell of the remediation loop."""

from itertools import product

import pytest

from alerts.tickets.lifecycle import (
    ENDED,
    TRANSITIONS,
    TicketState,
    Transition,
    available_actions,
    transition_of,
)
from core.errors import ConflictError, InvalidRequestError

S = TicketState
ALLOWED = {
    (S.NEW, "accept"): S.ACCEPTED,
    (S.NEW, "reject"): S.REJECTED,
    (S.NEW, "merge"): S.MERGED,
    (S.ACCEPTED, "file"): S.FILED,
    (S.FILED, "dispatch"): S.DISPATCHED,
    (S.DISPATCHED, "start"): S.IN_PROGRESS,
    (S.DISPATCHED, "return"): S.FILED,
    (S.IN_PROGRESS, "report"): S.REPORTED,
    (S.REPORTED, "close"): S.CLOSED,
    (S.REPORTED, "rework"): S.IN_PROGRESS,
    (S.CLOSED, "reopen"): S.IN_PROGRESS,
    (S.SUSPENDED, "resume"): None,
    (S.SUSPENDED, "cancel"): S.CANCELLED,
    **{
        (state, action): target
        for state in (S.NEW, S.ACCEPTED, S.FILED, S.DISPATCHED, S.IN_PROGRESS, S.REPORTED)
        for action, target in (("suspend", S.SUSPENDED), ("cancel", S.CANCELLED))
    },
}
ACTIONS = [transition.action for transition in TRANSITIONS]
EVERYTHING = {name: "x" for transition in TRANSITIONS for name in transition.required}


@pytest.mark.parametrize(("state", "action"), list(product(S, ACTIONS)))
def test_a_cell_is_allowed_or_refused(state: TicketState, action: str) -> None:
    if (state, action) in ALLOWED:
        assert transition_of(action, state, EVERYTHING).target == ALLOWED[state, action]
    else:
        with pytest.raises(ConflictError, match=f"in state {state} allows"):
            transition_of(action, state, EVERYTHING)


@pytest.mark.parametrize("transition", [t for t in TRANSITIONS if t.required])
def test_what_must_be_carried_is_named(transition: Transition) -> None:
    source = next(iter(transition.sources))
    with pytest.raises(InvalidRequestError, match=", ".join(transition.required)):
        transition_of(transition.action, source, dict.fromkeys(transition.required, ""))


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="one of accept"):
        transition_of("burn", S.NEW, {})


def test_what_has_ended_can_only_be_reopened_if_it_was_closed() -> None:
    assert [[t.action for t in available_actions(state)] for state in sorted(ENDED)] == [
        [], ["reopen"], [], [],
    ]  # fmt: skip
