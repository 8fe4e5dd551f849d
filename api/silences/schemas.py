"""What the silence routes answer and are told."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from api.schemas import Answer, Code, Id, Instant, Line, Order, Severity

SilenceState = Literal["planned", "in_force", "over"]
_MATCHERS = ("rule", "severity_max", "town_id", "restaurant_id", "trap_id", "device_id")


class SilenceOrder(Order):
    """What is not to be told, and how long; all matchers that are given have to fit."""

    rule: Code | None = Field(None, description="rule code, e.g. R01")
    severity_max: Severity | None = Field(None, description="this severity and below")
    town_id: Id | None = None
    restaurant_id: Id | None = None
    trap_id: Id | None = None
    device_id: Id | None = None
    starts_at: Instant | None = Field(None, description="from now on where it is left out")
    ends_at: Instant
    author: Line
    comment: Line

    @model_validator(mode="after")
    def _matches_something(self) -> Self:
        if all(getattr(self, name) is None for name in _MATCHERS):
            raise ValueError(f"at least one of {', '.join(_MATCHERS)} expected")
        if self.starts_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be later than starts_at")
        return self


class Silence(Answer):
    """A silence: alerts that match are recorded and judged as ever, but nobody is told."""

    silence_id: int
    rule: str | None
    severity_max: Severity | None
    town_id: int | None
    restaurant_id: int | None
    trap_id: int | None
    device_id: int | None
    starts_at: datetime
    ends_at: datetime = Field(description="as planned")
    author: str
    comment: str
    created_at: datetime
    expired_at: datetime | None = Field(description="ended before its time")
    state: SilenceState
