"""Planned work on a trap as a table: which act is allowed when, and which moment it sets. Pure.

An act is stated by people, so it may have happened before we are told; the moments of one job are
in order all the same. docs/state-machines.md is drawn from TRANSITIONS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from core.errors import ConflictError, InvalidRequestError


class JobState(StrEnum):
    """Where a job stands."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class Act(StrEnum):
    """What happens to a job; a check-in opens it, a check-out leaves the closing to the office."""

    OPEN = "open"
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    CLOSE = "close"


class Transition(NamedTuple):
    """Where an act is allowed, where it leads, and the moments that it sets if they are not."""

    act: Act
    sources: frozenset[JobState]
    target: JobState
    sets: tuple[str, ...]


TRANSITIONS = (
    Transition(Act.OPEN, frozenset({JobState.PLANNED}), JobState.OPEN, ("opened_at",)),
    Transition(
        Act.CHECK_IN,
        frozenset({JobState.PLANNED, JobState.OPEN}),
        JobState.OPEN,
        ("opened_at", "checked_in_at"),
    ),
    Transition(Act.CHECK_OUT, frozenset({JobState.OPEN}), JobState.OPEN, ("checked_out_at",)),
    Transition(
        Act.CLOSE, frozenset({JobState.PLANNED, JobState.OPEN}), JobState.CLOSED, ("closed_at",)
    ),
)
_TABLE: Mapping[Act, Transition] = {transition.act: transition for transition in TRANSITIONS}


@dataclass(frozen=True, slots=True)
class Course:
    """How far a job has come."""

    state: JobState = JobState.PLANNED
    opened_at: datetime | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    closed_at: datetime | None = None


def step(course: Course, act: Act, at: datetime) -> Course:
    """Return the course after ``act`` at ``at``.

    Raises: ConflictError: not now, or it has happened already. InvalidRequestError: something that
        must come before it came later.
    """
    transition = _TABLE[act]
    if course.state not in transition.sources:
        raise ConflictError(f"the job is {course.state}")
    if act is Act.CHECK_IN and course.checked_in_at is not None:
        raise ConflictError("the crew has checked in already")
    if act is Act.CHECK_OUT and course.checked_in_at is None:
        raise ConflictError("the crew has not checked in")
    if act is Act.CHECK_OUT and course.checked_out_at is not None:
        raise ConflictError("the crew has checked out already")
    for name in ("opened_at", "checked_in_at", "checked_out_at"):
        before = getattr(course, name)
        if before is not None and at < before:
            raise InvalidRequestError(f"at: earlier than {name}")
    changes = {name: at for name in transition.sets if getattr(course, name) is None}
    return replace(course, state=transition.target, **changes)
