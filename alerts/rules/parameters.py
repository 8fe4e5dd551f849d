"""What parameters of all kinds of rules have in common: bounds, units, timing. Pure."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["blue", "yellow", "orange", "red"]
SEVERITIES: tuple[Severity, ...] = ("blue", "yellow", "orange", "red")

Seconds = Annotated[float, Field(ge=0, le=60 * 86_400)]
Count = Annotated[int, Field(ge=1, le=1_000)]
Ratio = Annotated[float, Field(gt=0, le=10)]
Millimetres = Annotated[float, Field(gt=0, le=10_000)]
Degrees = Annotated[float, Field(gt=0, le=180)]
Days = Annotated[float, Field(ge=0, le=366)]


class Strict(BaseModel):
    """Parameters refuse what they do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TimingParameters(Strict):
    """How long a condition has to hold before it fires, and before it has cleared.

    Firing again within ``reopen_s`` after it resolved continues the same episode. An episode is
    stale when its series has been silent for ``stale_intervals_max`` report intervals, and
    ``stale_s_min`` at least.
    """

    hold_s: Seconds
    samples_min: Count = 1
    clear_hold_s: Seconds
    clear_samples_min: Count = 1
    gap_intervals_max: Annotated[float, Field(gt=0, le=100)] = 3.0
    gap_s_min: Seconds = 0.0
    reopen_s: Seconds = 7_200.0
    stale_intervals_max: Annotated[float, Field(gt=0, le=1_000)] = 3.0
    stale_s_min: Seconds = 1_800.0
