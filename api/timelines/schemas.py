"""What the timeline route answers."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer, Severity

#: What kinds of thing happen at a restaurant, each in a lane of its own.
Lane = Literal["reading", "alert", "ticket", "job", "manifest", "inspection", "complaint"]


class TimelineEntry(Answer):
    """Something that happened; ``(at, lane, entry_id)`` is its place."""

    at: datetime
    lane: Lane
    entry_id: int = Field(description="unique within its lane and moment")
    what: str = Field(description="what happened: an event's type or a thing's kind")
    subject_id: int = Field(description="number of the alert, ticket, job, … or device")
    trap_id: int | None
    trap_code: str | None
    severity: Severity | None
    detail: dict[str, Any]


class Timeline(Answer):
    """A page of a restaurant's past, the newest first."""

    restaurant_id: int
    from_at: datetime
    to_at: datetime
    items: list[TimelineEntry]
    next: str | None = Field(description="value of `after` for the next page; null on the last")
