"""What the chart of a trap answers: columns, as a browser draws them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas import Answer, Severity

SpanCode = Literal["24h", "7d", "30d", "1y", "2y"]
EventLane = Literal["alert", "ticket", "job", "manifest"]


class Series(Answer):
    """One metric; null in every column breaks the line. Raw values: the three are the same."""

    at_s: list[int] = Field(description="seconds since 1970-01-01T00:00:00Z")
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]


class Threshold(Answer):
    """From which level on a rule fires at this trap."""

    rule_code: str
    name: str
    name_en: str
    severity: Severity
    level_mm: float


class CoverSpan(Answer):
    """When the cover was open; by the hour beyond seven days."""

    from_s: int
    to_s: int | None


class RainHour(Answer):
    """Rain of the town in the hour that begins then."""

    at_s: int
    rain_mm: float


class ChartEvent(Answer):
    """Something that lasted, or a moment (``to_at`` as ``from_at``); null: it lasts."""

    lane: EventLane
    subject_id: int
    what: str = Field(description="a rule's code, a ticket's problem, a job's kind, a source")
    name: str
    name_en: str
    severity: Severity | None
    from_at: datetime
    to_at: datetime | None


class TrapChart(Answer):
    """One trap along one axis of time; lengths in mm above its floor."""

    trap_id: int
    code: str
    from_at: datetime
    to_at: datetime
    resolution: Literal["raw", "hourly"]
    gap_s: float = Field(description="a longer pause between two readings is a gap")
    outlet_invert_mm: float
    cover_mm: float
    level_mm: Series
    flow_lps: Series
    thresholds: list[Threshold]
    cover_open: list[CoverSpan]
    rain: list[RainHour]
    events: list[ChartEvent]
