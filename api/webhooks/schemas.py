"""What the webhook routes answer and are told."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from alerts.webhooks.model import Endpoint, EndpointFields
from api.schemas import Answer, Id, Line, Order, Severity, Text

EndpointState = Literal["active", "paused", "disabled"]
Audience = Literal["machine", "people"]
DeliveryState = Literal["queued", "ok", "dead"]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[\x21-\x7e]+$")]


class EndpointOrder(Order):
    """What a person chooses about an endpoint."""

    url: Url
    event_types: Annotated[list[Line], Field(max_length=50)] = Field([], description="empty: all")
    severity_min: Severity = "blue"
    town_id: Id | None = Field(None, description="null: every town")
    description: Text = ""
    audience: Audience = Field(
        "machine", description="people get the messages of one town and rule together"
    )

    @property
    def fields(self) -> EndpointFields:
        """The same as a value of alerts.webhooks."""
        return EndpointFields(
            self.url,
            tuple(self.event_types),
            self.severity_min,
            self.town_id,
            self.description,
            self.audience,
        )


class NewEndpointOrder(EndpointOrder):
    """A new endpoint, with a secret of the caller's own if wanted."""

    secret: Line | None = Field(None, description="whsec_…; default: a new one")


class WebhookEndpoint(Answer):
    """A receiver of webhooks, without its secret."""

    endpoint_id: int
    url: str
    event_types: list[str] = Field(description="empty: all")
    severity_min: str
    town_id: int | None
    description: str
    audience: str
    state: EndpointState
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """Return what may be shown of an endpoint."""
        fields = endpoint.fields
        return cls(
            endpoint_id=endpoint.endpoint_id,
            url=fields.url,
            event_types=list(fields.event_types),
            severity_min=fields.severity_min,
            town_id=fields.town_id,
            description=fields.description,
            audience=fields.audience,
            state=endpoint.state.value,
            version=endpoint.version,
            created_at=endpoint.created_at,
            updated_at=endpoint.updated_at,
        )


class CreatedWebhookEndpoint(Answer):
    """A new endpoint and its secret, shown this once."""

    endpoint: WebhookEndpoint
    secret: str


class QueuedTest(Answer):
    """A test message was queued; its webhook-id."""

    message_uid: str


class Attempt(Answer):
    """One attempt to deliver."""

    attempt: int
    started_at: datetime
    duration_ms: int
    http_status: int | None = Field(description="null: no answer")
    outcome: str
    detail: str


class Delivery(Answer):
    """A message on its way to one endpoint."""

    delivery_id: int
    message_uid: str = Field(description="the webhook-id header")
    event_type: str
    subject_kind: str
    subject_id: str
    seq: int
    created_at: datetime
    state: DeliveryState
    attempt_count: int
    next_attempt_at: datetime | None
    settled_at: datetime | None
    attempts: list[Attempt]
