"""What the closure routes answer and are told."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from api.schemas import Answer, Id, Instant, Line, Order


class ClosureOrder(Order):
    """A span in which a restaurant does not open."""

    restaurant_id: Id
    closed_from: Instant
    closed_to: Instant = Field(description="exclusive")
    reason: Line

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.closed_to <= self.closed_from:
            raise ValueError("closed_to must be later than closed_from")
        return self


class Closure(Answer):
    """A span (歇业) in which a restaurant that is in business does not open."""

    closure_id: int
    restaurant_id: int
    restaurant_name: str
    town_code: str
    closed_from: datetime
    closed_to: datetime = Field(description="exclusive")
    reason: str
    created_at: datetime
