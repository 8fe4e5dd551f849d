"""Types that the models of several features share: instants, bounded texts, numbers, enums."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _parse_instant(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("RFC 3339 with an offset expected, e.g. 2026-01-05T01:00:00Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no such moment") from None


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("NUL characters cannot be stored")
    return value


#: A moment in a request: RFC 3339, offset required; answers carry UTC with ``Z``.
Instant = Annotated[datetime, BeforeValidator(_parse_instant)]
#: One line; blanks around it are dropped.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_no_nul),
]
#: Free text, possibly empty.
Text = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_no_nul)]
#: A name to look up, as a filter.
Code = Annotated[str, StringConstraints(max_length=200), AfterValidator(_no_nul)]
#: A number of ours; the schema's int and bigint.
Id = Annotated[int, Field(ge=1, le=2_147_483_647)]
BigId = Annotated[int, Field(ge=1, le=9_223_372_036_854_775_807)]
#: A measure: JSON has no NaN, and the register wants no infinity.
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
LonDeg = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
LatDeg = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]

Severity = Literal["blue", "yellow", "orange", "red"]
RestaurantType = Literal["large", "small", "canteen", "night_market"]


class Answer(BaseModel):
    """Base of what the API says."""

    model_config = ConfigDict(frozen=True)


class Order(BaseModel):
    """Base of what the API is told; unknown members are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
