"""What the webhook routes answer and are told."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from alerts.webhooks.model import Endpoint, EndpointFields
from alerts.webhooks.replays import Selection
from api.schemas import Answer, BigId, Id, Instant, Line, Order, Severity, Text

EndpointState = Literal["active", "paused", "disabled"]
Audience = Literal["machine", "people"]
DeliveryState = Literal["queued", "ok", "dead"]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[\x21-\x7e]+$")]


class EndpointOrder(Order):
    """What a person chooses about an endpoint."""

    url: Url | None = Field(
        None, description="a secret: never shown again. null in a PUT: it stays"
    )
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
    """A receiver of webhooks, without its secrets."""

    endpoint_id: int
    url: str = Field(description="scheme, host and port; the rest is secret: …")
    event_types: list[str] = Field(description="empty: all")
    severity_min: str
    town_id: int | None
    description: str
    audience: str
    state: EndpointState
    disabled_reason: str | None = Field(description="gone (410), failing (for days), person")
    failing_since: datetime | None = Field(
        description="first failed attempt since one was delivered"
    )
    previous_secret_expires_at: datetime | None = Field(
        description="after a rotation: until then the secret before signs as well"
    )
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """Return what may be shown of an endpoint."""
        fields = endpoint.fields
        return cls(
            endpoint_id=endpoint.endpoint_id,
            url=endpoint.url_shown,
            event_types=list(fields.event_types),
            severity_min=fields.severity_min,
            town_id=fields.town_id,
            description=fields.description,
            audience=fields.audience,
            state=endpoint.state.value,
            disabled_reason=endpoint.disabled_reason,
            failing_since=endpoint.failing_since,
            previous_secret_expires_at=endpoint.previous_secret_until,
            version=endpoint.version,
            created_at=endpoint.created_at,
            updated_at=endpoint.updated_at,
        )


class CreatedWebhookEndpoint(Answer):
    """A new endpoint and its secret, shown this once."""

    endpoint: WebhookEndpoint
    secret: str


class RotationOrder(Order):
    """Another signing secret."""

    secret: Line | None = Field(None, description="whsec_…; default: a new one")
    overlap_s: Annotated[int, Field(ge=0, le=2_592_000)] | None = Field(
        None,
        description="how long the old one signs as well; 0: it leaked; default: "
        "TRAPWATCH_WEBHOOKS__ROTATION_OVERLAP_S",
    )


class RotatedSecret(Answer):
    """An endpoint and its new secret, shown this once."""

    endpoint: WebhookEndpoint
    secret: str


class ReplayOrder(Order):
    """Which settled deliveries of an endpoint are sent again, at most 10,000."""

    since: Instant | None = Field(None, description="messages from this time on")
    until: Instant | None = Field(None, description="messages before this time")
    first_delivery_id: BigId | None = None
    last_delivery_id: BigId | None = None
    event_types: Annotated[list[Line], Field(max_length=50)] = Field([], description="empty: all")
    which: Literal["dead", "all"] = Field("dead", description="all: delivered ones as well")
    dry_run: bool = Field(False, description="only count")

    @property
    def selection(self) -> Selection:
        """The same as a value of alerts.webhooks."""
        return Selection(
            self.since,
            self.until,
            self.first_delivery_id,
            self.last_delivery_id,
            tuple(self.event_types),
            self.which == "all",
        )


class ReplayResult(Answer):
    """How many deliveries were meant, and how many were queued (a dry run: none)."""

    matching: int
    queued: int


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
    endpoint_id: int
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
