"""What the trend route answers."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from alerts.statistics.xmr import Limits, Signal
from api.intake_changes.schemas import IntakeChange
from api.schemas import Answer
from api.trends.spring import SpringSeason
from api.trends.trend import Counted, Share
from core.complaint_category import Category


class TrendMonth(Answer):
    """One Asia/Shanghai month, counted both ways; fume stands apart."""

    month: str = Field(description="YYYY-MM")
    partial: bool = Field(
        description="not over yet; its changes compare with the same part of the base month"
    )
    all: Counted = Field(description="件: every complaint")
    deduplicated: Counted = Field(description="去重后: without those linked as repeated")
    repeated: Share = Field(description="share of repeated complaints, moving in 百分点")
    fume_count: int = Field(description="油烟: always counted apart")
    fume_deduplicated: int
    signals: tuple[Signal, ...] = Field(
        description="of the deduplicated count on the XmR chart; empty without a baseline"
    )


class ComplaintTrend(Answer):
    """Complaints by month with 同比 (year_on_year) and 环比 (month_on_month)."""

    as_of: datetime
    time_zone: Literal["Asia/Shanghai"] = "Asia/Shanghai"
    counted_by: Literal["received_at"] = "received_at"
    town: str | None
    category: Category | None
    exclude_fume: bool
    restaurant_count: int = Field(description="in business as of now; what 'per 100' relates to")
    limits: Limits | None = Field(description="XmR limits of the stated baseline, deduplicated")
    no_limits: Literal["no_baseline", "below_5_a_month"] | None
    months: list[TrendMonth]
    spring_festivals: list[SpringSeason] = Field(
        description="of each year whose January or February is among the months"
    )
    intake_changes: list[IntakeChange] = Field(
        description="marks: what changed within these months in how complaints come in"
    )
