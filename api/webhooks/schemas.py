"""What the webhook routes answer and are told."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from alerts.webhooks.kinds import KINDS
from alerts.webhooks.model import Endpoint, EndpointFields
from alerts.webhooks.quiet_hours import WINDOW_COUNT_MAX
from alerts.webhooks.replays import Selection
from api.schemas import Answer, BigId, Id, Instant, Line, Order, Severity, Text

EndpointState = Literal["active", "paused", "disabled"]
Kind = Literal["standard", "cloudevents", "alertmanager", "dingtalk", "wecom", "feishu"]
Audience = Literal["machine", "people"]
Language = Literal["zh-CN", "en"]
DeliveryState = Literal["queued", "merged", "ok", "dead"]
Mobile = Annotated[str, StringConstraints(pattern=r"^\+?[0-9-]{5,20}$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]
WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_MENTIONS_MAX = 20
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[\x21-\x7e]+…?$")]


class QuietWindow(Order):
    """From when until when it is quiet; ``to`` at or before ``from`` lies on the next day."""

    days: Annotated[str, StringConstraints(max_length=100)] = Field(
        "mo-su", description="weekdays on which it begins: mo-fr, sa,su, …"
    )
    from_: WallTime = Field(alias="from", serialization_alias="from")
    to: WallTime


class QuietHours(Order):
    """When what can wait (blue, yellow) waits; it comes as one message when they end."""

    zone: Line = Field("Asia/Shanghai", description="IANA time zone")
    windows: Annotated[list[QuietWindow], Field(min_length=1, max_length=WINDOW_COUNT_MAX)]


class EndpointOrder(Order):
    """What a person chooses about an endpoint."""

    url: Url | None = Field(
        None, description="a secret, never shown again. In a PUT null or as it is shown: it stays"
    )
    event_types: Annotated[list[Line], Field(max_length=50)] = Field([], description="empty: all")
    severity_min: Severity = "blue"
    town_ids: Annotated[list[Id], Field(max_length=100)] = Field(
        [], description="empty: every town"
    )
    town_id: Id | None = Field(
        None, description="one town; the same as town_ids with only that one"
    )
    description: Text = ""
    audience: Audience | None = Field(
        None,
        description="people get the messages of one town and rule together; "
        "default: people for chat robots, else machine",
    )
    language: Language = Field("zh-CN", description="of texts for people")
    mention_mobiles: Annotated[list[Mobile], Field(max_length=_MENTIONS_MAX)] = Field(
        [], description="whom a DingTalk robot calls (@) from orange up"
    )
    mention_user_ids: Annotated[list[UserId], Field(max_length=_MENTIONS_MAX)] = Field(
        [], description="whom a robot calls (@) from orange up, by the vendor's user id"
    )
    quiet_hours: QuietHours | None = Field(None, description="people only; null: none")

    @model_validator(mode="after")
    def _one_way_to_name_towns(self) -> Self:
        if self.town_id is not None and self.town_ids not in ([], [self.town_id]):
            raise ValueError("town_id and town_ids contradict each other")
        return self

    def fields(self, kind: str) -> EndpointFields:
        """Return the same as a value of alerts.webhooks, for an endpoint of a kind."""
        quiet_hours = self.quiet_hours
        return EndpointFields(
            url=self.url,
            event_types=tuple(self.event_types),
            severity_min=self.severity_min,
            town_ids=tuple(self.town_ids if self.town_id is None else [self.town_id]),
            description=self.description,
            audience=self.audience or KINDS[kind].audiences[0],
            kind=kind,
            language=self.language,
            mention_mobiles=tuple(self.mention_mobiles),
            mention_user_ids=tuple(self.mention_user_ids),
            quiet_hours=None if quiet_hours is None else quiet_hours.model_dump(by_alias=True),
        )


class NewEndpointOrder(EndpointOrder):
    """A new endpoint, with a secret of the caller's own if wanted."""

    kind: Kind = Field("standard", description="stays what it is")
    secret: Line | None = Field(
        None,
        description="whsec_…, default: a new one; of a robot its sign key, default: it has none",
    )


class WebhookEndpoint(Answer):
    """A receiver of webhooks, without its secrets."""

    endpoint_id: int
    kind: str
    url: str = Field(
        description="scheme, host and port, of a robot its last four characters; the rest is secret"
    )
    event_types: list[str] = Field(description="empty: all that the kind can carry")
    severity_min: str
    town_ids: list[int] = Field(description="empty: every town")
    town_id: int | None = Field(description="the town, where it is exactly one")
    description: str
    audience: str
    language: str
    mention_mobiles: list[str]
    mention_user_ids: list[str]
    quiet_hours: QuietHours | None
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
        quiet_hours = fields.quiet_hours
        return cls(
            endpoint_id=endpoint.endpoint_id,
            kind=fields.kind,
            url=endpoint.url_shown,
            event_types=list(fields.event_types),
            severity_min=fields.severity_min,
            town_ids=list(fields.town_ids),
            town_id=fields.town_ids[0] if len(fields.town_ids) == 1 else None,
            description=fields.description,
            audience=fields.audience,
            language=fields.language,
            mention_mobiles=list(fields.mention_mobiles),
            mention_user_ids=list(fields.mention_user_ids),
            quiet_hours=None if quiet_hours is None else QuietHours.model_validate(quiet_hours),
            state=endpoint.state.value,
            disabled_reason=endpoint.disabled_reason,
            failing_since=endpoint.failing_since,
            previous_secret_expires_at=endpoint.previous_secret_until,
            version=endpoint.version,
            created_at=endpoint.created_at,
            updated_at=endpoint.updated_at,
        )


class CreatedWebhookEndpoint(Answer):
    """A new endpoint and its secret, shown this once; null for robots."""

    endpoint: WebhookEndpoint
    secret: str | None


class RotationOrder(Order):
    """Another signing secret."""

    secret: Line | Literal[""] | None = Field(
        None,
        description="whsec_…; default: a new one. Of a robot its vendor's sign key, which must be "
        "given ('': it has none any more)",
    )
    overlap_s: Annotated[int, Field(ge=0, le=2_592_000)] | None = Field(
        None,
        description="how long the old one signs as well; 0: it leaked; default: "
        "TRAPWATCH_WEBHOOKS__ROTATION_OVERLAP_S. A robot has one at a time",
    )


class RotatedSecret(Answer):
    """An endpoint and its new secret, shown this once; null for robots."""

    endpoint: WebhookEndpoint
    secret: str | None


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
    merged_into: int | None = Field(description="the delivery of the digest that stands for it")
    attempts: list[Attempt]
