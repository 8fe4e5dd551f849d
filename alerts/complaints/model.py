"""The values of complaints: as they come in, and who reported them. Pure data, no SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from alerts.complaints.positions import Position

Status = Literal["open", "closed"]


class Reporter(NamedTuple):
    """Who reported (投诉人): personal, kept apart from the complaint."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    account_id: str | None = None
    device_id: str | None = None


class NewComplaint(NamedTuple):
    """A complaint as it comes in; ``position`` is WGS84.

    ``is_position_area``: it is the middle of an area. ``town_text``, ``service_code``: what the
    source calls the town and the category. ``payload``: its own row, without the reporter.
    ``has_token``: the reporter gets a receipt.
    """

    source: str
    external_ref: str | None
    received_at: datetime
    channel: str
    category: str
    description: str = ""
    restaurant_id: int | None = None
    restaurant_name: str | None = None
    town_id: int | None = None
    town_text: str = ""
    address: str | None = None
    position: Position | None = None
    is_position_area: bool = False
    status: Status = "open"
    closed_at: datetime | None = None
    status_note: str = ""
    service_code: str | None = None
    payload: Mapping[str, Any] | None = None
    reporter: Reporter | None = None
    duplicate_of: int | None = None
    has_token: bool = False


class KnownComplaint(NamedTuple):
    """What of a stored complaint its source may change later."""

    complaint_id: int
    status: Status
    closed_at: datetime | None
    status_note: str
