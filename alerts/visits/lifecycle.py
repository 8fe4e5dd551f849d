"""An inspection plan and its stops as a table: which act is allowed when, and its result. Pure.

docs/state-machines.md is drawn from TRANSITIONS.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from core.errors import ConflictError


class PlanState(StrEnum):
    """Where a plan stands; the schema's comments give the Chinese terms."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"
    CANCELLED = "cancelled"


class StopState(StrEnum):
    """Where one of its stops stands."""

    PLANNED = "planned"
    VISITED = "visited"
    SKIPPED = "skipped"


class Act(StrEnum):
    """What happens to a plan; it finishes by itself with its last stop."""

    START = "start"
    SETTLE = "settle"
    SKIP = "skip"
    FINISH = "finish"
    CANCEL = "cancel"


P = PlanState


class Transition(NamedTuple):
    """Where an act is allowed, where it leads, and what the stops become that it is about."""

    act: Act
    sources: frozenset[PlanState]
    target: PlanState
    stop: StopState | None = None


TRANSITIONS = (
    Transition(Act.START, frozenset({P.PLANNED}), P.UNDER_WAY),
    Transition(Act.SETTLE, frozenset({P.UNDER_WAY}), P.UNDER_WAY, StopState.VISITED),
    Transition(Act.SKIP, frozenset({P.UNDER_WAY}), P.UNDER_WAY, StopState.SKIPPED),
    Transition(Act.FINISH, frozenset({P.UNDER_WAY}), P.DONE),
    Transition(Act.CANCEL, frozenset({P.PLANNED, P.UNDER_WAY}), P.CANCELLED, StopState.SKIPPED),
)
_TABLE: Mapping[Act, Transition] = {transition.act: transition for transition in TRANSITIONS}


def step(state: PlanState, act: Act) -> Transition:
    """Return what an act does to a plan in ``state``.

    Raises: ConflictError: the state does not allow it.
    """
    transition = _TABLE[act]
    if state not in transition.sources:
        wanted = " or ".join(sorted(transition.sources))
        raise ConflictError(f"the plan is {state}: {act} needs one that is {wanted}")
    return transition


def check_open(state: StopState) -> None:
    """Refuse a stop that is settled already.

    Raises: ConflictError.
    """
    if state is not StopState.PLANNED:
        raise ConflictError(f"this stop was {state} already")
