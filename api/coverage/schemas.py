"""What the coverage routes answer."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from api.schemas import Answer, Line, Order, RestaurantType

Reason = Literal["no_trap", "no_device", "not_commissioned", "silent", "bad_data"]
RateCode = Literal["installation", "connection", "online", "good_data"]
PeriodRateCode = Literal["online_time", "intact", "transmission", "valid"]
Span = Literal["day", "month"]


class Funnel(Answer):
    """Restaurants by stage; each stage is a part of the one before."""

    registered: int = Field(description="in the register, whatever their status")
    should_connect: int = Field(description="应接入: open and needing a trap")
    installed: int = Field(description="已安装: at least one device, not retired, on a trap")
    commissioned: int = Field(description="已接入: at least one device in service")
    online: int = Field(
        description="在线: a commissioned device was heard within three report intervals, "
        "at least 30 minutes"
    )
    reporting_good: int = Field(description="数据有效: …and a good value within the same time")


class Rate(Answer):
    """A share of restaurants, always with its counts; null where nothing can be divided."""

    code: RateCode
    numerator: int
    denominator: int
    value: float | None = Field(description="numerator / denominator, 0 to 1")


class Formula(Answer):
    """How a rate is computed, in words."""

    code: RateCode | PeriodRateCode
    name: str
    name_en: str
    formula: str
    formula_en: str


class TownCoverage(Answer):
    """The funnel of one town."""

    town_code: str
    town_name: str
    town_name_en: str
    funnel: Funnel
    rates: list[Rate]


class TypeCoverage(Answer):
    """The funnel of one type of restaurant."""

    restaurant_type: RestaurantType
    funnel: Funnel
    rates: list[Rate]


class RegisterVersion(Answer):
    """Which register the denominators were taken from."""

    restaurant_count: int
    updated_at: datetime | None


class DataAge(Answer):
    """How fresh the newest data is; null where none has come yet."""

    received_at: datetime | None
    good_received_at: datetime | None


class Coverage(Answer):
    """The funnel of the county and of each town, at one moment."""

    as_of: datetime
    register_version: RegisterVersion
    newest_data: DataAge
    funnel: Funnel
    rates: list[Rate]
    formulas: list[Formula]
    target: float = Field(description="what the connection rate shall reach, 0 to 1")
    towns: list[TownCoverage]
    types: list[TypeCoverage]


class UncoveredRestaurant(Answer):
    """A restaurant that should connect and delivers no good data, by the first stage it misses."""

    restaurant_id: int
    register_no: str
    restaurant_name: str
    restaurant_type: RestaurantType
    address: str
    lon_deg: float | None
    lat_deg: float | None
    town_code: str
    town_name: str
    town_name_en: str
    reason: Reason
    since: datetime


class PeriodRate(Answer):
    """A share of hours or reports over a period; null where nothing was expected."""

    code: PeriodRateCode
    numerator: float
    denominator: float
    value: float | None


class FrozenSpan(Answer):
    """A day or month as it was frozen; corrections are later revisions."""

    starts_on: date
    revision: int
    as_of: datetime | None = Field(
        description="of the funnel; null: frozen late, after an outage of ours: there is none"
    )
    register_version: RegisterVersion | None
    reason: str = Field(description="why this revision")
    frozen_by: str
    frozen_at: datetime
    funnel: Funnel | None
    rates: list[Rate]
    period_rates: list[PeriodRate]


class CoverageHistory(Answer):
    """Frozen days or months in order, with the target line."""

    span: Span
    town: str | None
    restaurant_type: RestaurantType | None
    target: float
    formulas: list[Formula]
    items: list[FrozenSpan]


class DeviceDay(Answer):
    """What was expected of one device on one county day, and what came."""

    day: date
    device_id: int
    device_uid: str
    restaurant_id: int
    restaurant_name: str
    town_code: str
    report_interval_s: int
    report_count: int = Field(description="distinct times of measurement, whatever was expected")
    expected_reports: float
    received_reports: float
    valid_reports: float
    in_service_h: float
    online_h: float
    working_h: float
    maintenance_h: float


class RevisionOrder(Order):
    """Why a frozen month is computed again."""

    reason: Line
