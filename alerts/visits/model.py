"""What a visit is about: duties, items, restaurants that have some. Pure data, no SQL."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Duty(StrEnum):
    """Why somebody has to go there; the schema's comments give the Chinese terms."""

    TICKET = "ticket"
    PUMP_OUT = "pump_out"
    DEVICE = "device"
    CHECK = "check"


class Outcome(StrEnum):
    """What became of an item at the visit."""

    HANDLED = "handled"
    LEFT_OPEN = "left_open"
    GONE = "gone"


class Point(NamedTuple):
    """A place on Earth, WGS 84."""

    lon_deg: float
    lat_deg: float


class Item(NamedTuple):
    """One thing that is due at a restaurant; ``key`` is its duty and number, e.g. ``ticket:12``.

    ``due_at`` None: not known, or since ever. Urgent: a ticket that is red or late.
    """

    key: str
    duty: Duty
    trap_id: int
    ticket_id: int | None
    device_id: int | None
    reason: str
    severity: str | None
    due_at: datetime | None
    is_urgent: bool


class Candidate(NamedTuple):
    """A restaurant with what is due there; ``point`` None: the register has no coordinates."""

    restaurant_id: int
    point: Point | None
    items: tuple[Item, ...]

    @property
    def is_urgent(self) -> bool:
        """Whether one of its items is."""
        return any(item.is_urgent for item in self.items)
