"""What the rainfall routes answer and are told."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from api.schemas import Answer, Id, Instant, Order

#: One request may carry a month of a county's towns.
HOUR_COUNT_MAX = 10_000


def _begins_an_hour(value: datetime) -> datetime:
    if value.minute or value.second or value.microsecond:
        raise ValueError("the start of an hour (UTC) expected")
    return value


class RainHourOrder(Order):
    """What fell on a town within one hour."""

    town_id: Id
    hour: Annotated[Instant, AfterValidator(_begins_an_hour)] = Field(
        description="when the hour begins"
    )
    # 401 mm within an hour are on record (Shangdi, 1975): more is a wrong unit.
    rain_mm: Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]


class RainfallOrder(Order):
    """Hours of rain to store or to correct."""

    hours: Annotated[list[RainHourOrder], Field(min_length=1, max_length=HOUR_COUNT_MAX)]

    @model_validator(mode="after")
    def _says_each_hour_once(self) -> Self:
        if len({(one.town_id, one.hour) for one in self.hours}) < len(self.hours):
            raise ValueError("an hour of a town stands twice")
        return self


class RainfallStored(Answer):
    """What became of it."""

    changed_count: int = Field(description="hours that are new or have another value now")


class RainHour(Answer):
    """What fell on a town within one hour."""

    town_id: int
    town_code: str
    hour: datetime = Field(description="when the hour begins")
    rain_mm: float
    updated_at: datetime
