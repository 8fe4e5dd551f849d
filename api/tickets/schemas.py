"""What the ticket routes answer and are told."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints

from alerts.tickets.lifecycle import Transition
from api.attachments.schemas import Attachment
from api.schemas import Answer, Id, Line, Order, Severity, Text

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
    source_kind: Literal["alert", "complaint", "patrol", "api", "handover"]
    source_ref: str
    summary: str
    owner_unit: str | None = Field(description="code of the unit that has it")
    handler: str | None = Field(description="who reported it as done; may not close it")
    verifier: str | None
    is_forced: bool = Field(description="the supervisor decided whose it is: no return")
    return_count: int
    rework_count: int
    reopen_count: int
    merged_into: int | None
    review_date: date | None
    due_at: datetime | None = Field(description="of the running clock that is due first")
    is_overdue: bool
    sensor_cleared: bool = Field(description="the sensor says it is over; closing needs a person")
    resume_state: str | None = Field(description="where a suspended ticket goes back to")
    version: int
    created_at: datetime
    updated_at: datetime
    filed_at: datetime | None
    reported_at: datetime | None = Field(description="reported as done, last")
    first_resolved_at: datetime | None = Field(
        description="the report that the first closing confirmed; a reopening leaves it"
    )
    closed_at: datetime | None


class Clock(Answer):
    """One time limit. ``due_at`` null: in a year whose public holidays are not known yet."""

    kind: Literal["accept", "dispatch", "respond", "resolve", "verify"]
    round: int
    unit: Literal["minute", "working_hour", "working_day"]
    amount: int
    policy_version: str
    calendar_version: str
    started_at: datetime
    due_at: datetime | None
    state: Literal["running", "paused", "stopped", "void"]
    stopped_at: datetime | None
    breached_at: datetime | None = Field(description="the due time that was missed; never erased")


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
    roles: list[str] = Field(description="who may do it")
    required: list[str] = Field(description="members of `detail`; of `a or b` one is enough")
    optional: list[str]

    @classmethod
    def of(cls, transition: Transition) -> Self:
        """Return the answer for a row of the table."""
        required = [
            " or ".join(field) if isinstance(field, tuple) else str(field)
            for field in transition.required
        ]
        return cls(
            action=transition.action,
            roles=sorted(transition.roles),
            required=required,
            optional=sorted(transition.optional),
        )


class TicketWithEvents(Answer):
    """A ticket, its clocks, what happened to it, its alerts and files, what may be done now."""

    ticket: Ticket
    clocks: list[Clock]
    events: list[TicketEvent]
    alert_ids: list[int]
    attachments: list[Attachment]
    available_actions: list[AvailableAction]


class NewTicketOrder(Order):
    """What somebody found or was told of."""

    trap_id: Id
    problem: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,60}$")]
    severity: Severity
    source_kind: Literal["complaint", "patrol", "api"]
    source_ref: Line = Field(description="number of the complaint, of the patrol or of the caller")
    summary: Text = ""


class TransitionOrder(Order):
    """What shall be done, with what the action must carry."""

    action: Line
    detail: dict[str, Any] = Field(default_factory=dict, description="e.g. reason, photos")


class RecomputeOrder(Order):
    """Why due times are computed anew."""

    reason: Line


class Ratio(Answer):
    """A share with what it is a share of; null where that is nothing."""

    numerator: int
    denominator: int
    ratio: float | None


class Hours(Answer):
    """How long it took; null where nothing was done in the period."""

    count: int
    median_h: float | None
    p90_h: float | None


class TicketIndicators(Answer):
    """Figures of the loop; docs/tickets.md defines each."""

    from_at: datetime
    to_at: datetime
    as_of: datetime
    town: str | None
    filed_count: int = Field(description="立案数")
    on_time: Ratio = Field(description="按期处置率: reported in time, of those due in the period")
    closed: Ratio = Field(description="结案率: closed by now, of those due in the period")
    reworked: Ratio = Field(description="返工率: reworked, of those closed in the period")
    returned: Ratio = Field(description="退回率: returned, of those dispatched in the period")
    overdue_open: Ratio = Field(description="超期未结: overdue, of those filed and open now")
    first_resolution: Hours = Field(description="filing to the report that held, first resolved")
    final_closing: Hours = Field(description="filing to the closing, of those closed")
