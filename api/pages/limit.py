"""How far a time limit has run. Pure."""

from datetime import datetime
from typing import Literal, NamedTuple

LimitState = Literal["running", "near", "over"]

_NEAR_RATIO = 0.75


class Limit(NamedTuple):
    """How far a time limit has run: 0 to 1 of it, and in which of three states."""

    ratio: float
    state: LimitState


def limit_of(started_at: datetime | None, due_at: datetime | None, now: datetime) -> Limit | None:
    """Return how far a running clock is; None where none runs."""
    if due_at is None or started_at is None:
        return None
    whole_s = (due_at - started_at).total_seconds()
    gone_s = (now - started_at).total_seconds()
    ratio = gone_s / whole_s if whole_s > 0 else 1.0
    if now > due_at:
        return Limit(1.0, "over")
    return Limit(min(1.0, max(0.0, ratio)), "near" if ratio >= _NEAR_RATIO else "running")
