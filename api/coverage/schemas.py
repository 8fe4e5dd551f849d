"""What the coverage routes answer."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas import Answer, RestaurantType

Reason = Literal["no_trap", "no_device", "not_commissioned", "silent", "bad_data"]
RateCode = Literal["installation", "connection", "online", "good_data"]


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

    code: RateCode
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
    towns: list[TownCoverage]


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
