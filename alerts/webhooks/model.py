"""The values of webhook delivery: endpoints, claimed deliveries, attempts. Pure data, no SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alerts.webhooks.retry import Failure, Response, Verdict


class EndpointState(StrEnum):
    """Whether an endpoint is sent to; migrations/versions/0005 has the transitions."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class EndpointFields:
    """What a person chooses about an endpoint.

    ``url`` is a secret (a chat robot's is all there is to it): of a stored endpoint it is None, as
    in a change that keeps it. No ``event_types`` means all of them, no ``town_ids`` every town.
    ``audience``: a ``machine`` gets every message at once, ``people`` get those of one town and
    rule together. ``kind`` is one of alerts.webhooks.kinds and stays what it is. ``quiet_hours``
    are written as alerts.webhooks.quiet_hours reads them; None: there are none.
    """

    url: str | None = field(repr=False)
    event_types: tuple[str, ...] = ()
    severity_min: str = "blue"
    town_ids: tuple[int, ...] = ()
    description: str = ""
    audience: str = "machine"
    kind: str = "standard"
    language: str = "zh-CN"
    mention_mobiles: tuple[str, ...] = ()
    mention_user_ids: tuple[str, ...] = ()
    quiet_hours: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A receiver of webhooks, without its secrets.

    ``url_shown``: what may be seen of its URL. ``failing_since``: the first failed attempt
    since the last delivered one. ``previous_secret_until``: a rotated secret signs until then.
    """

    endpoint_id: int
    fields: EndpointFields
    state: EndpointState
    version: int
    created_at: datetime
    updated_at: datetime
    url_shown: str = "…"
    failing_since: datetime | None = None
    disabled_reason: str | None = None
    previous_secret_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreatedEndpoint:
    """A new endpoint and its secret, which is shown this once.

    None for robots: their sign key was told us, and is shown to nobody.
    """

    endpoint: Endpoint
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many deliveries a relay can take of each endpoint: ``share``, or what ``only`` says."""

    share: int
    only: dict[int, int] = field(default_factory=dict)

    def of(self, endpoint_id: int) -> int:
        """Return how many of one endpoint."""
        return self.only.get(endpoint_id, self.share)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a relay claims: when, for how long, of whom how many.

    A message waits for an earlier one of its subject that is due within ``order_wait``.
    """

    now: datetime
    lease: timedelta
    lanes: Lanes
    order_wait: timedelta


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery leased to a relay, with all that is needed to send it.

    ``attempt`` counts from 1 over the delivery's life and is the fencing token of the claim;
    ``schedule_start`` attempts were made before the last replay. ``url`` and ``secrets`` are
    sealed until the attempt is made (``Protection.opened``).
    """

    delivery_id: int
    endpoint_id: int
    attempt: int
    schedule_start: int
    message_uid: str
    url: str = field(repr=False)
    secrets: list[str] = field(repr=False)
    body: bytes = field(repr=False)
    kind: str = "standard"
    language: str = "zh-CN"
    mention_mobiles: list[str] = field(default_factory=list)
    mention_user_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One finished attempt and the verdict on it."""

    delivery: ClaimedDelivery
    started_at_us: int
    answer: Response | Failure
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Deliveries that wait, by why they wait.

    ``due``: could go now; ``scheduled``: their next attempt is later; ``held``: their endpoint is
    paused or disabled. ``oldest_due_at`` is None where none is due. ``dead`` ones wait for nothing
    but a person.
    """

    due: int
    scheduled: int
    held: int
    oldest_due_at: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """Where a delivery and its endpoint stand."""

    delivery_id: int
    state: str
    endpoint_id: int
    endpoint_state: EndpointState
