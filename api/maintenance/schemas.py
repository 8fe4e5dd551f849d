"""What the maintenance window routes answer and are told."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from alerts.schedules.opening import ZONE_DEFAULT
from alerts.schedules.recurrence import DURATION_US_MAX, Recurrence
from alerts.suppression.model import Scope
from api.schemas import Answer, Id, Instant, Line, Order
from core.instant import SECOND_US, to_us

_DURATION_S_MAX = DURATION_US_MAX // SECOND_US
DurationS = Annotated[int, Field(gt=0, le=_DURATION_S_MAX, description="of each occurrence")]


class MaintenanceWindowOrder(Order):
    """Where is worked, and when: the first time and how it recurs."""

    scope: Scope
    scope_id: Id | None = Field(None, description="number of the town, restaurant, …")
    rule: Line = Field(
        description="RRULE (RFC 5545) by days, weeks, months or years, e.g. FREQ=WEEKLY;BYDAY=SU"
    )
    zone: Line = Field(ZONE_DEFAULT, description="IANA zone; occurrences keep its local time")
    starts_at: Instant = Field(description="no occurrence before; its local time is that of all")
    duration_s: DurationS
    author: Line
    comment: Line

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if (self.scope == "county") == (self.scope_id is not None):
            raise ValueError("scope_id: expected, but not with the county")
        return self

    def recurrence(self) -> Recurrence:
        """Return what was entered.

        Raises: InvalidRequestError, ConfigError: rule or zone cannot be.
        """
        return Recurrence.checked(
            self.rule, self.zone, to_us(self.starts_at), self.duration_s * SECOND_US
        )


class MaintenanceWindow(Answer):
    """A maintenance window: alerts of the place are recorded meanwhile, but nobody is told."""

    maintenance_window_id: int
    scope: Scope
    scope_id: int | None
    rule: str
    zone: str
    starts_at: datetime
    duration_s: int
    ends_at: datetime | None = Field(description="of the last occurrence; null: it recurs for ever")
    author: str
    comment: str
    is_active: bool
    created_at: datetime
    deactivated_at: datetime | None
