"""What the intake-change routes answer and are told."""

from datetime import datetime

from pydantic import Field

from alerts.intake_changes.model import Effect, Kind
from api.schemas import Answer, Instant, Line, Order


class IntakeChangeOrder(Order):
    """What changed, or will: put on record once and never altered."""

    at: Instant = Field(description="when it takes effect; may lie ahead")
    kind: Kind = Field(
        "intake",
        description="intake: how complaints come in (受理口径); intervention: a measure (措施)",
    )
    what: Line = Field(description="e.g. 12369 merged into 12345")
    source: Line = Field(description="the complaints' source or channel concerned")
    effect: Effect = Field(description="expected effect on the number of complaints")


class IntakeChange(Answer):
    """An entry of the log."""

    intake_change_id: int
    at: datetime
    kind: Kind
    what: str
    source: str
    effect: Effect
    author: str
    recorded_at: datetime
