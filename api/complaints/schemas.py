"""What the complaint routes answer and are told."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from alerts.complaints.model import NewComplaint, Reporter
from alerts.complaints.positions import CoordinateSystem, Position, to_wgs84
from api.schemas import Answer, BigId, Id, Instant, LatDeg, Line, LonDeg, Order, Text
from core.complaint_category import Category

ComplaintStatus = Literal["open", "closed"]
MatchStateName = Literal["none", "given", "automatic", "suggested", "confirmed", "rejected"]


class ReporterOrder(Order):
    """Who reports (投诉人): kept apart, shown in no list and no export."""

    name: Line | None = None
    phone: Line | None = None
    email: Line | None = None


class ComplaintOrder(Order):
    """A complaint as it comes in; ``received_at`` (受理时间) is what it is counted by."""

    source: Line = "api"
    external_ref: Line | None = Field(None, description="its number in the source system")
    received_at: Instant | None = Field(None, description="default: now")
    channel: Line = Field(description="12345, 12369, wechat, patrol, qr, …")
    category: Category
    description: Text = ""
    restaurant_id: Id | None = Field(None, description="default: looked for")
    restaurant_name: Line | None = Field(None, description="whom they mean, in their words")
    town_id: Id | None = Field(None, description="default: the restaurant's, or as the place tells")
    address: Text | None = None
    lon_deg: LonDeg | None = None
    lat_deg: LatDeg | None = None
    coordinate_system: Literal["wgs84", "gcj02", "bd09"] = Field(
        "wgs84", description="of lon_deg and lat_deg; stored and shown is WGS84"
    )
    reporter: ReporterOrder | None = None
    duplicate_of: BigId | None = Field(None, description="the first complaint of the same matter")

    @model_validator(mode="after")
    def _whole_position(self) -> Self:
        if (self.lon_deg is None) != (self.lat_deg is None):
            raise ValueError("lon_deg and lat_deg go together")
        return self

    def new(self, now: datetime) -> NewComplaint:
        """Return it as it is taken in."""
        position = None
        if self.lon_deg is not None and self.lat_deg is not None:
            given = Position(self.lon_deg, self.lat_deg)
            position = to_wgs84(given, CoordinateSystem(self.coordinate_system))
        fields = self.model_dump(
            exclude={"lon_deg", "lat_deg", "coordinate_system", "reporter", "received_at"}
        )
        return NewComplaint(
            **fields,
            received_at=self.received_at or now,
            position=position,
            reporter=None if self.reporter is None else Reporter(**self.reporter.model_dump()),
        )


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
    is_position_area: bool = Field(description="the middle of an area, not the place itself")
    status: ComplaintStatus
    closed_at: datetime | None
    status_note: str
    service_code: str | None = Field(description="what the source calls it")
    named_restaurant: str | None = Field(description="whom the reporter means, in their words")
    match_state: MatchStateName = Field(description="how the restaurant was found")
    match_score: float | None = Field(description="0 to 1")
    match_reasons: list[str]
    duplicate_of: int | None = Field(description="the first complaint of the same matter")
    duplicate_reason: str | None
    duplicate_score: float | None = Field(description="0 to 1")
    ticket_id: int | None
    import_id: int | None
    created_at: datetime
    updated_at: datetime | None = Field(description="null: never changed")
