"""What the alert routes answer."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, computed_field

from alerts.escalation.steps import RECIPIENTS
from alerts.reviews.model import Verdict
from api.schemas import Answer, Instant, Line, Order, Severity, Text
from core.reading import METRIC_LABEL

AlertStatus = Literal["firing", "resolved", "closed"]


class Alert(Answer):
    """One episode: a lead (线索) from the reading that proved it to the one that cleared it."""

    alert_id: int
    rule_code: str
    rule_version: int
    rule_name: str
    rule_name_en: str
    severity: Severity
    status: AlertStatus
    trap_id: int | None
    trap_code: str | None
    restaurant_id: int | None
    restaurant_name: str | None
    town_code: str | None
    town_name: str | None
    town_name_en: str | None
    device: str | None = Field(description="uid")
    gateway: str | None = Field(description="uid; of gateway alerts")
    metric_number: int | None = Field(exclude=True)
    started_at: datetime = Field(description="event time of the first reading of the condition")
    fired_at: datetime = Field(description="event time of the reading that proved it")
    opened_at: datetime = Field(description="our clock, when it was opened")
    ended_at: datetime | None = Field(description="event time of the first clear reading")
    settled_at: datetime | None = Field(description="our clock, when resolved or closed")
    value: float | None = Field(description="at fired_at, in the metric's unit")
    peak_value: float | None
    threshold: dict[str, Any] = Field(description="the numbers that were applied")
    relapse_count: int
    notified_at: datetime | None = Field(description="null: nobody was told")
    suppressed_by: str | None = Field(description="why nobody was told of it, or of its last turn")
    ticket_id: int | None
    acked_at: datetime | None = Field(description="null: nobody has it in hand")
    acked_by: str | None
    ack_note: str | None
    ack_until: datetime | None = Field(description="null: until it gets worse or comes back")

    @computed_field(description="what was judged")  # type: ignore[prop-decorator]  # pydantic's documented form; mypy knows no decorated properties
    @property
    def metric(self) -> str | None:
        """The label of the metric."""
        return METRIC_LABEL.get(self.metric_number) if self.metric_number is not None else None


class AcknowledgementOrder(Order):
    """Who takes an alert in hand, with what in mind."""

    by: Line
    note: Text = ""
    until: Instant | None = Field(None, description="left out: until it gets worse or comes back")


class AlertEvent(Answer):
    """Something that happened to an alert; ``at`` is event time, ``recorded_at`` our clock."""

    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    detail: dict[str, Any]


class Escalation(Answer):
    """A step of escalation; ``due_at`` and ``done_at`` by our clock."""

    step: int
    due_at: datetime
    done_at: datetime | None
    outcome: Literal["told", "skipped"] | None = Field(
        description="skipped: a higher step was due as well"
    )

    @computed_field(description="who is told")  # type: ignore[prop-decorator]  # as above
    @property
    def to(self) -> str | None:
        """The recipient of the step."""
        return RECIPIENTS.get(self.step)


class ReviewOrder(Order):
    """What somebody makes of an alert, and what that rests on (研判)."""

    verdict: Verdict
    reviewer: Line
    basis: Annotated[Text, Field(min_length=1)]
    legal_reviewer: Line | None = Field(None, description="法制审核, 行政处罚法 art. 41")
    technical_reviewer: Line | None = Field(None, description="技术审核, 行政处罚法 art. 41")
    note: Text = ""


class Review(Answer):
    """A review as it stands; nothing changes it, a later one stands beside it."""

    alert_review_id: int
    alert_id: int
    verdict: Verdict
    reviewer: str
    basis: str
    legal_reviewer: str | None
    technical_reviewer: str | None
    note: str
    reviewed_by: str = Field(description="who wrote it down")
    reviewed_at: datetime


class AlertWithEvents(Answer):
    """An alert, what happened to it, what people make of it, and who is told next.

    Without a review it is a lead (线索) and no more.
    """

    alert: Alert
    events: list[AlertEvent]
    escalations: list[Escalation]
    reviews: list[Review]


class SeverityCount(Answer):
    """How many alerts of one severity are open."""

    severity: Severity
    alert_count: int


class OpenAlerts(Answer):
    """How many alerts are open, by severity; severities without one are listed with 0."""

    as_of: datetime
    total: int
    by_severity: list[SeverityCount]
