"""What the job routes answer and are told."""

from datetime import datetime
from typing import Literal, Self

from pydantic import model_validator

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
    closed_at: datetime | None
    hauler: str | None
    note: str
    created_at: datetime
