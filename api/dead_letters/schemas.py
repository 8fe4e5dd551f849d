"""What the dead letters' routes answer and are told."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from api.schemas import Answer, Code, Instant, Order
from core.dead_letters.model import Selection, State
from core.reading import normalise_uid

#: So many are settled by one request: the ledger, which alerts wait for, is held meanwhile.
COUNT_MAX = 1_000
_CONDITIONS = ("reason", "gateway", "since", "until")


class DeadLetter(Answer):
    """A message that could not become readings; kept ones may be sent again."""

    rejected_message_id: int
    received_at: Instant
    topic: str
    gateway_uid: str | None
    codec: str | None
    payload_bytes: int
    reason: str
    detail: str
    state: State
    retained: bool
    settled_at: Instant | None
    replay_requested_at: Instant | None = Field(
        description="while an ingest process is asked to send it again"
    )
    replay_requested_by: str | None


class WholeDeadLetter(DeadLetter):
    """A message with its bytes, which were cut where there are fewer than ``payload_bytes``."""

    payload: str = Field(description="Base64")


class SettleOrder(Order):
    """Which kept messages are meant: all that fit, the oldest first, at most 1,000."""

    reason: Code | None = None
    gateway: Code | None = Field(None, description="gateway uid")
    since: Instant | None = Field(None, description="received from this time on")
    until: Instant | None = Field(None, description="received before this time")
    dry_run: bool = Field(False, description="only count")

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if all(getattr(self, name) is None for name in _CONDITIONS):
            raise ValueError(f"at least one of {', '.join(_CONDITIONS)} expected")
        return self

    @property
    def selection(self) -> Selection:
        """The same as a value of core.dead_letters."""
        return selection_of(self.reason, self.gateway, self.since, self.until)


class SettleResult(Answer):
    """How many kept messages fit, and to how many it was done: not to those asked for before."""

    matching: int = Field(description="at most 1,000")
    done: int


def selection_of(
    reason: str | None, gateway: str | None, since: datetime | None, until: datetime | None
) -> Selection:
    """Return the conditions of a request."""
    uid = None if gateway is None else normalise_uid(gateway)
    return Selection(None, reason, uid, since, until)
