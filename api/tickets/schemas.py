"""What the ticket routes answer and are told."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer, Line, Order, Severity

TicketState = Literal[
    "new",
    "accepted",
    "filed",
    "dispatched",
    "in_progress",
    "reported",
    "closed",
    "rejected",
    "suspended",
    "cancelled",
    "merged",
]


class Ticket(Answer):
    """The remediation of one problem of one trap."""

    ticket_id: int
    problem: str
    severity: Severity
    state: TicketState
    trap_id: int
    trap_code: str
    restaurant_id: int
    restaurant_name: str
    town_code: str
    town_name: str
    town_name_en: str
    source_kind: Literal["alert", "complaint", "patrol", "api"]
    source_ref: str
    owner: str | None
    sensor_cleared: bool = Field(description="the sensor says it is over; closing needs a person")
    resume_state: str | None = Field(description="where a suspended ticket goes back to")
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class TicketEvent(Answer):
    """One transition; ``version`` is the ticket's after it."""

    version: int
    action: str
    from_state: str | None
    to_state: str
    actor: str
    at: datetime
    detail: dict[str, Any]


class AvailableAction(Answer):
    """Something that may be done in the ticket's state."""

    action: str
    actor: str = Field(description="the role that does it; not enforced yet")
    required: list[str] = Field(description="members that `detail` must carry")


class TicketWithEvents(Answer):
    """A ticket, what happened to it, its alerts, and what may be done now."""

    ticket: Ticket
    events: list[TicketEvent]
    alert_ids: list[int]
    available_actions: list[AvailableAction]


class TransitionOrder(Order):
    """What shall be done, with what the action must carry."""

    action: Line
    detail: dict[str, Any] = Field(default_factory=dict, description="e.g. reason, photos")
