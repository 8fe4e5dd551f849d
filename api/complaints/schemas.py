"""What the complaint routes answer and are told."""

from datetime import datetime

from pydantic import Field

from api.schemas import Answer, BigId, Id, Instant, LatDeg, Line, LonDeg, Order, Text
from core.complaint_category import Category


class ComplaintOrder(Order):
    """A complaint as it comes in; ``received_at`` (受理时间) is what it is counted by."""

    source: Line = "api"
    external_ref: Line | None = Field(None, description="its number in the source system")
    received_at: Instant | None = Field(None, description="default: now")
    channel: Line = Field(description="12345, 12369, wechat, patrol, qr, …")
    category: Category
    description: Text = ""
    restaurant_id: Id | None = None
    town_id: Id | None = Field(None, description="default: the restaurant's")
    address: Text | None = None
    lon_deg: LonDeg | None = None
    lat_deg: LatDeg | None = None
    duplicate_of: BigId | None = Field(None, description="the first complaint of the same matter")


class Complaint(Answer):
    """What somebody complained about (投诉举报)."""

    complaint_id: int
    source: str
    external_ref: str | None
    received_at: datetime
    channel: str
    category: Category
    description: str
    restaurant_id: int | None
    restaurant_name: str | None
    town_code: str | None
    town_name: str | None
    town_name_en: str | None
    address: str | None
    lon_deg: float | None
    lat_deg: float | None
    duplicate_of: int | None
    created_at: datetime
