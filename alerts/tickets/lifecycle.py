"""The remediation loop (闭环) as a table: who may do what in which state, and what it must carry.

Pure. docs/state-machines.md is drawn from TRANSITIONS; alerts.tickets.actions follows it. Source
of states, actors and contents: the seven links of urban management cases (CJJ/T 106, GB/T 30428.8)
as docs/tickets.md sums them up.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from alerts.rules.definition import SEVERITIES
from alerts.tickets.contents import Field, missing_fields
from core.errors import ConflictError, ForbiddenError, InvalidRequestError


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


class Role(StrEnum):
    """In which capacity somebody acts on a ticket."""

    CLERK = "clerk"  # 受理员
    DISPATCHER = "dispatcher"  # 派遣员
    OWNER = "owner"  # 承办单位
    VERIFIER = "verifier"  # 核查员
    SUPERVISOR = "supervisor"  # 督办
    SYSTEM = "system"


S, F, R = TicketState, Field, Role
ENDED = frozenset({S.CLOSED, S.REJECTED, S.CANCELLED, S.MERGED})
ACTIVE = frozenset(S) - ENDED - {S.SUSPENDED}
#: A unit may send a ticket back this often; then the supervisor decides whose it is.
RETURN_COUNT_MAX = 2
#: So long after closing, the same alert or complaint opens the ticket again instead of a new one.
REOPEN_DAYS = 30


class Transition(NamedTuple):
    """One action. ``target`` None: back to where a suspended ticket came from.

    ``required``: what it must carry; of a tuple within it one is enough. ``optional``: what it may.
    """

    action: str
    sources: frozenset[TicketState]
    target: TicketState | None
    roles: frozenset[Role]
    required: tuple[Field | tuple[Field, ...], ...] = ()
    optional: tuple[Field, ...] = ()

    @property
    def accepted(self) -> frozenset[Field]:
        """Return every field it may carry."""
        fields = {*self.optional}
        for field in self.required:
            fields.update(field if isinstance(field, tuple) else (field,))
        return frozenset(fields)


def _states(*states: TicketState) -> frozenset[TicketState]:
    return frozenset(states)


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_REMOVED = (F.VOLUME_L, F.WEIGHT_KG)
TRANSITIONS = (
    Transition("accept", _states(S.NEW), S.ACCEPTED, _roles(R.CLERK), (), (F.NOTE,)),
    Transition("reject", _states(S.NEW), S.REJECTED, _roles(R.CLERK), (F.REJECT_CODE,), (F.NOTE,)),
    Transition(
        "merge", _states(S.NEW), S.MERGED, _roles(R.CLERK), (F.TARGET_TICKET_ID,), (F.NOTE,)
    ),
    Transition("file", _states(S.ACCEPTED), S.FILED, _roles(R.CLERK, R.SYSTEM), (), (F.NOTE,)),
    Transition(
        "dispatch",
        _states(S.FILED),
        S.DISPATCHED,
        _roles(R.DISPATCHER, R.SYSTEM),
        (F.OWNER_UNIT,),
        (F.NOTE,),
    ),
    Transition(
        "force_dispatch",
        _states(S.FILED),
        S.DISPATCHED,
        _roles(R.SUPERVISOR),
        (F.OWNER_UNIT, F.REASON),
    ),
    Transition(
        "start",
        _states(S.DISPATCHED),
        S.IN_PROGRESS,
        _roles(R.OWNER),
        (F.PERSON, F.FIRST_CONTACT_AT),
        (F.NOTE,),
    ),
    Transition(
        "return", _states(S.DISPATCHED), S.FILED, _roles(R.OWNER), (F.REASON, F.LEGAL_BASIS)
    ),
    Transition(
        "report",
        _states(S.IN_PROGRESS),
        S.REPORTED,
        _roles(R.OWNER),
        (F.PHOTOS_BEFORE, F.PHOTOS_AFTER, _REMOVED, F.HAULER, F.NOTE),
        _REMOVED,
    ),
    Transition("sensor_clear", _states(S.IN_PROGRESS), S.REPORTED, _roles(R.SYSTEM), (F.NOTE,)),
    Transition(
        "close",
        _states(S.REPORTED),
        S.CLOSED,
        _roles(R.VERIFIER),
        (F.VERDICT,),
        (F.SENSOR_WAIVER, F.NOTE),
    ),
    Transition("auto_close", _states(S.REPORTED), S.CLOSED, _roles(R.SYSTEM), (F.NOTE,)),
    Transition("rework", _states(S.REPORTED), S.IN_PROGRESS, _roles(R.VERIFIER), (F.REASON,)),
    Transition(
        "suspend",
        ACTIVE,
        S.SUSPENDED,
        _roles(R.SUPERVISOR),
        (F.REASON, F.DOCUMENT, F.REVIEW_DATE),
    ),
    Transition("resume", _states(S.SUSPENDED), None, _roles(R.SUPERVISOR), (), (F.NOTE,)),
    Transition(
        "reopen",
        _states(S.CLOSED),
        S.IN_PROGRESS,
        _roles(R.VERIFIER, R.SYSTEM),
        (F.EVIDENCE,),
        (F.REASON,),
    ),
    Transition(
        "cancel",
        ACTIVE | {S.SUSPENDED},
        S.CANCELLED,
        _roles(R.SUPERVISOR),
        (F.FALSE_ALARM_CODE,),
        (F.NOTE,),
    ),
)
BY_ACTION = {transition.action: transition for transition in TRANSITIONS}


def rank_of(severity: str) -> int:
    """Return a severity's place among them, the lowest first."""
    return [str(known) for known in SEVERITIES].index(severity)


def available_actions(state: str, roles: Collection[Role] = frozenset(R)) -> list[Transition]:
    """Return what people of these roles may do in a state, in the table's order."""
    people = frozenset(roles) - {R.SYSTEM}
    return [t for t in TRANSITIONS if state in t.sources and t.roles & people]


def transition_of(
    action: str, state: str, roles: Collection[Role], detail: Mapping[str, Any]
) -> Transition:
    """Return the transition that ``action`` means in ``state`` for somebody of these roles.

    Raises: InvalidRequestError: no such action, or its contents are not as it needs them;
        ForbiddenError: none of the roles may do it; ConflictError: the state does not allow it.
    """
    transition = BY_ACTION.get(action)
    if transition is None:
        raise InvalidRequestError(f"action: one of {', '.join(BY_ACTION)} expected")
    if not transition.roles.intersection(roles):
        who = " or ".join(sorted(transition.roles))
        raise ForbiddenError(f"{action} is for the {who}, not for {', '.join(sorted(roles))}")
    if state not in transition.sources:
        allowed = ", ".join(t.action for t in available_actions(state)) or "nothing"
        raise ConflictError(f"a ticket in state {state} allows {allowed}, not {action}")
    missing = missing_fields(transition.required, detail)
    if missing:
        raise InvalidRequestError(f"{action} must carry {', '.join(missing)}")
    unknown = sorted(set(detail) - transition.accepted)
    if unknown:
        raise InvalidRequestError(f"{action} does not carry {', '.join(unknown)}")
    return transition
