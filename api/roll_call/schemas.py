"""What the roll-call answers."""

from datetime import date, datetime

from pydantic import Field

from api.registry.schemas import DeviceStatus
from api.schemas import Answer


class RollCallEntry(Answer):
    """A device in service, when it was last heard, and what came of what was expected."""

    device_id: int
    device_uid: str
    device_status: DeviceStatus
    report_interval_s: int
    commissioned_at: datetime | None
    trap_id: int
    trap_code: str
    restaurant_id: int
    restaurant_name: str
    town_code: str
    town_name: str
    town_name_en: str
    gateway: str | None = Field(description="uid of the gateway it was last heard through")
    gateway_online: bool | None
    received_at: datetime | None = Field(description="last sign of life; null: never heard")
    good_received_at: datetime | None
    is_silent: bool = Field(
        description="not heard within three report intervals, at least 30 minutes"
    )
    counted_day: date | None = Field(description="the last county day that was counted")
    expected_reports: float | None = Field(description="of that day")
    received_reports: float | None = Field(description="of that day")


class RollCallCount(Answer):
    """Devices in service; ``town_code`` null is the county."""

    town_code: str | None
    town_name: str | None
    town_name_en: str | None
    device_count: int
    silent_count: int


class RollCallCounts(Answer):
    """The county, then each town."""

    as_of: datetime
    items: list[RollCallCount]
