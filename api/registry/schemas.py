"""What the register's routes answer and are told.

A PATCH carries the members to change (RFC 7396); the result is checked as a whole, so null is
refused where the register needs a value.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from api.schemas import (
    Answer,
    Finite,
    Id,
    Instant,
    LatDeg,
    Line,
    LonDeg,
    Order,
    Positive,
    RestaurantType,
    Text,
)
from core.reading import normalise_uid

RestaurantStatus = Literal["open", "suspended", "closed"]
DeviceStatus = Literal["unclaimed", "active", "maintenance", "retired"]
Days = Annotated[int, Field(ge=1, le=3_650)]
Seconds = Annotated[int, Field(ge=1, le=604_800)]
Uid = Annotated[Line, AfterValidator(normalise_uid)]


class Town(Answer):
    """An administrative unit."""

    town_id: int
    code: str
    name: str
    name_en: str


_DAY = "(mo|tu|we|th|fr|sa|su)"
_DAYS = f"({_DAY}(-{_DAY})?|holiday|workday)"


class OpeningWindow(Order):
    """When a restaurant is open, local time; ``to`` before ``from`` runs past midnight."""

    days: Annotated[
        str,
        Field(
            pattern=f"^{_DAYS}(,{_DAYS}){{0,9}}$",
            description="mo-fr, sa,su, holiday (a public one), workday (also a make-up one)",
        ),
    ]
    from_: Annotated[str, Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    to: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class RestaurantOrder(Order):
    """A restaurant as a person enters it."""

    register_no: Line
    name: Line
    restaurant_type: RestaurantType
    status: RestaurantStatus = "open"
    needs_trap: bool = True
    town_id: Id
    address: Text
    lon_deg: LonDeg | None = None
    lat_deg: LatDeg | None = None
    opening_windows: Annotated[list[OpeningWindow], Field(max_length=50)] = Field(
        default_factory=list
    )
    permit_no: Line | None = None
    permit_valid_to: date | None = None


class RestaurantPatch(Order):
    """Members of a restaurant to change."""

    register_no: Line | None = None
    name: Line | None = None
    restaurant_type: RestaurantType | None = None
    status: RestaurantStatus | None = None
    needs_trap: bool | None = None
    town_id: Id | None = None
    address: Text | None = None
    lon_deg: LonDeg | None = None
    lat_deg: LatDeg | None = None
    opening_windows: Annotated[list[OpeningWindow], Field(max_length=50)] | None = None
    permit_no: Line | None = None
    permit_valid_to: date | None = None


class Restaurant(Answer):
    """An establishment of the register (餐饮单位)."""

    restaurant_id: int
    register_no: str
    name: str
    restaurant_type: RestaurantType
    status: RestaurantStatus
    needs_trap: bool
    town_id: int
    town_code: str
    town_name: str
    town_name_en: str
    address: str
    lon_deg: float | None = Field(description="WGS84")
    lat_deg: float | None = Field(description="WGS84")
    opening_windows: list[dict[str, Any]]
    permit_no: str | None
    permit_valid_to: date | None
    version: int
    created_at: datetime
    updated_at: datetime


class TrapOrder(Order):
    """A trap as a person enters it; lengths in mm above its floor."""

    code: Line
    restaurant_id: Id
    capacity_l: Positive
    outlet_invert_mm: Positive
    cover_mm: Positive
    area_m2: Positive
    rated_flow_lps: Positive | None = None
    cleaning_interval_days: Days = 7
    cleaning_basis: Text = ""
    sewer_branch: Line | None = None

    @model_validator(mode="after")
    def _cover_is_on_top(self) -> Self:
        if self.cover_mm <= self.outlet_invert_mm:
            raise ValueError("cover_mm must be above outlet_invert_mm")
        return self


class TrapPatch(Order):
    """Members of a trap to change."""

    code: Line | None = None
    restaurant_id: Id | None = None
    capacity_l: Positive | None = None
    outlet_invert_mm: Positive | None = None
    cover_mm: Positive | None = None
    area_m2: Positive | None = None
    rated_flow_lps: Positive | None = None
    cleaning_interval_days: Days | None = None
    cleaning_basis: Text | None = None
    sewer_branch: Line | None = None


class Trap(Answer):
    """A grease trap (隔油池); lengths in mm above its floor."""

    trap_id: int
    code: str
    restaurant_id: int
    restaurant_name: str
    town_code: str
    capacity_l: float
    outlet_invert_mm: float = Field(description="static water level")
    cover_mm: float
    area_m2: float
    rated_flow_lps: float | None
    cleaning_interval_days: int
    cleaning_basis: str
    sewer_branch: str | None
    created_at: datetime
    updated_at: datetime


class DeviceFields(Order):
    """What a person may change of a device."""

    gateway_id: Id | None = None
    trap_id: Id | None = None
    model: Line | None = None
    report_interval_s: Seconds = 300
    mount_height_mm: Positive | None = None
    tilt_baseline_deg: Finite = 0.0
    status: DeviceStatus = "unclaimed"
    commissioned_at: Instant | None = None

    @model_validator(mode="after")
    def _in_service_means_on_a_trap(self) -> Self:
        if self.status in {"active", "maintenance"} and self.trap_id is None:
            raise ValueError(f"status {self.status} needs a trap_id")
        return self


class DeviceOrder(DeviceFields):
    """A device as a person enters it, before or after it was heard."""

    uid: Uid


class DevicePatch(Order):
    """Members of a device to change; claiming sets trap_id, status and commissioned_at."""

    gateway_id: Id | None = None
    trap_id: Id | None = None
    model: Line | None = None
    report_interval_s: Seconds | None = None
    mount_height_mm: Positive | None = None
    tilt_baseline_deg: Finite | None = None
    status: DeviceStatus | None = None
    commissioned_at: Instant | None = None


class Device(Answer):
    """One sensor unit."""

    device_id: int
    uid: str
    model: str | None
    status: DeviceStatus
    trap_id: int | None
    trap_code: str | None
    gateway_id: int | None
    gateway: str | None = Field(description="uid of the gateway it was last heard through")
    report_interval_s: int
    mount_height_mm: float | None = Field(description="sensor face above the trap's floor")
    tilt_baseline_deg: float
    commissioned_at: datetime | None
    received_at: datetime | None = Field(description="last sign of life")
    good_received_at: datetime | None = Field(description="last good reading")
    version: int
    created_at: datetime
    updated_at: datetime


class Gateway(Answer):
    """A unit that publishes for many devices."""

    gateway_id: int
    uid: str
    town_code: str | None
    online: bool | None = Field(description="its own last word; null: it never said anything")
    status_at: datetime | None
    status_retained: bool = Field(description="that word was a replay, not a sign of life")
    device_count: int
    created_at: datetime
