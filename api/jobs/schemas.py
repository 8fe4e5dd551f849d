"""What the job routes answer and are told."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from api.schemas import Answer, Id, Instant, Line, Order, Text

JobKind = Literal["pump_out", "maintenance", "inspection"]
JobState = Literal["planned", "open", "closed"]


class JobOrder(Order):
    """Work to be planned on a trap."""

    trap_id: Id
    kind: JobKind
    planned_from: Instant
    planned_to: Instant
    hauler: Line | None = None
    note: Text = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.planned_to <= self.planned_from:
            raise ValueError("planned_to must be later than planned_from")
        return self


class MomentOrder(Order):
    """When something happened."""

    at: Instant | None = Field(None, description="default: now")


class CrewOrder(MomentOrder):
    """When a crew came or left, and who says so."""

    by: Line


class Job(Answer):
    """Planned work: it explains an open cover, a falling level, a silent device."""

    job_id: int
    trap_id: int
    trap_code: str
    kind: JobKind
    state: JobState
    planned_from: datetime
    planned_to: datetime
    opened_at: datetime | None
    checked_in_at: datetime | None = Field(description="when the crew came")
    checked_in_by: str | None
    checked_out_at: datetime | None = Field(
        description="when it left: from then on the job explains no more than the refilling"
    )
    checked_out_by: str | None
    closed_at: datetime | None
    hauler: str | None
    note: str
    created_at: datetime
