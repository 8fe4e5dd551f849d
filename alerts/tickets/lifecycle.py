"""The remediation loop (闭环) as a table: which action leads from which state to which. Pure.

Who may act and what has to be carried stand in the table too; clocks and roles are enforced by a
later part. docs/state-machines.md is drawn from TRANSITIONS.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from core.errors import ConflictError, InvalidRequestError


class TicketState(StrEnum):
    """Where a ticket stands; the schema's comments give the Chinese terms."""

    NEW = "new"
    ACCEPTED = "accepted"
    FILED = "filed"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    REPORTED = "reported"
    CLOSED = "closed"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    MERGED = "merged"


S = TicketState
ENDED = frozenset({S.CLOSED, S.REJECTED, S.CANCELLED, S.MERGED})
_ACTIVE = frozenset(S) - ENDED - {S.SUSPENDED}


class Transition(NamedTuple):
    """One action. ``target`` None: back to where a suspended ticket came from."""

    action: str
    sources: frozenset[TicketState]
    target: TicketState | None
    actor: str
    required: tuple[str, ...] = ()


def _from(*states: TicketState) -> frozenset[TicketState]:
    return frozenset(states)


TRANSITIONS = (
    Transition("accept", _from(S.NEW), S.ACCEPTED, "clerk"),
    Transition("reject", _from(S.NEW), S.REJECTED, "clerk", ("reason",)),
    Transition("merge", _from(S.NEW), S.MERGED, "clerk", ("target_ticket_id",)),
    Transition("file", _from(S.ACCEPTED), S.FILED, "clerk"),
    Transition("dispatch", _from(S.FILED), S.DISPATCHED, "dispatcher", ("owner",)),
    Transition("start", _from(S.DISPATCHED), S.IN_PROGRESS, "owner unit", ("person",)),
    Transition("return", _from(S.DISPATCHED), S.FILED, "owner unit", ("reason",)),
    Transition("report", _from(S.IN_PROGRESS), S.REPORTED, "owner unit", ("note",)),
    Transition("close", _from(S.REPORTED), S.CLOSED, "verifier", ("verdict",)),
    Transition("rework", _from(S.REPORTED), S.IN_PROGRESS, "verifier", ("reason",)),
    Transition("suspend", _ACTIVE, S.SUSPENDED, "supervisor", ("reason", "review_date")),
    Transition("resume", _from(S.SUSPENDED), None, "supervisor"),
    Transition("reopen", _from(S.CLOSED), S.IN_PROGRESS, "verifier", ("reason",)),
    Transition("cancel", _ACTIVE | {S.SUSPENDED}, S.CANCELLED, "supervisor", ("false_alarm_code",)),
)

_BY_ACTION = {transition.action: transition for transition in TRANSITIONS}


def available_actions(state: str) -> list[Transition]:
    """Return what may be done in a state, in the table's order."""
    return [transition for transition in TRANSITIONS if state in transition.sources]


def transition_of(action: str, state: str, detail: Mapping[str, Any]) -> Transition:
    """Return the transition that ``action`` means in ``state``.

    Raises: InvalidRequestError: no such action, or something it must carry is missing;
        ConflictError: the state does not allow it.
    """
    transition = _BY_ACTION.get(action)
    if transition is None:
        raise InvalidRequestError(f"action: one of {', '.join(_BY_ACTION)} expected")
    if state not in transition.sources:
        allowed = ", ".join(t.action for t in available_actions(state)) or "nothing"
        raise ConflictError(f"a ticket in state {state} allows {allowed}, not {action}")
    missing = [name for name in transition.required if not detail.get(name)]
    if missing:
        raise InvalidRequestError(f"{action} must carry {', '.join(missing)}")
    return transition
