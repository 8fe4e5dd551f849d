"""What the routes of inspection plans answer and are told."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from alerts.inspections.fullness import Dip
from alerts.pump_outs.model import Party
from alerts.visits.settlement import (
    CheckWork,
    DeviceWork,
    Entry,
    LeftOpen,
    PumpOutWork,
    TicketWork,
    Work,
)
from api.inspections.schemas import Thickness
from api.schemas import Answer, Code, Instant, LatDeg, Line, LonDeg, Order, Positive, Severity, Text

PlanState = Literal["planned", "under_way", "done", "cancelled"]
StopState = Literal["planned", "visited", "skipped"]
DutyName = Literal["ticket", "pump_out", "device", "check"]
OutcomeName = Literal["handled", "left_open", "gone"]


class StartPoint(Order):
    """Where the crew sets out, WGS 84."""

    lon_deg: LonDeg
    lat_deg: LatDeg


class PlanOrder(Order):
    """Which plan is wanted."""

    town: Code = Field(description="town code")
    day: date = Field(
        ge=date(2000, 1, 1),
        le=date(2100, 1, 1),
        description="what falls due by its end is on the plan",
    )
    inspector: Line = Field(description="a person or a crew")
    start: StartPoint | None = None
    stop_count_max: int = Field(20, ge=1, le=200)
    check_interval_days: int = Field(
        90, ge=1, le=3_650, description="a trap not inspected for so long is due for a check"
    )


class PlanSummary(Answer):
    """A plan without its stops."""

    inspection_plan_id: int
    town_code: str
    town_name: str
    town_name_en: str
    day: date
    inspector: str
    state: PlanState
    start_lon_deg: float | None
    start_lat_deg: float | None
    stop_count_max: int
    check_interval_days: int
    due_restaurant_count: int = Field(description="with something due then, planned or not")
    stop_count: int
    visited_count: int
    skipped_count: int
    way_m: float = Field(description="on great circles; roads are longer")
    unlocated_count: int = Field(description="stops without coordinates, not in way_m")
    cancel_reason: str | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class PlanItem(Answer):
    """One thing to do at a stop.

    At a stop that is still to be visited `standing` says whether it is `due` now, `gone` since the
    plan was made, or `came_up` since; afterwards it is null and `outcome` tells.
    """

    key: str = Field(description="duty and number, e.g. ticket:12; by it the item is settled")
    duty: DutyName
    trap_id: int
    ticket_id: int | None
    device_id: int | None
    reason: str = Field(description="problem of the ticket, interval, silent, never_inspected, …")
    severity: Severity | None
    due_at: datetime | None
    standing: Literal["due", "gone", "came_up"] | None
    outcome: OutcomeName | None
    note: str
    result: dict[str, Any] = Field(description="what was written for it, by number")


class PlanStop(Answer):
    """One restaurant on the way."""

    inspection_stop_id: int
    place: int = Field(description="in the order to drive, from 1")
    restaurant_id: int
    restaurant_name: str
    address: str
    lon_deg: float | None
    lat_deg: float | None
    leg_m: float | None = Field(description="from the place before, on a great circle")
    is_urgent: bool
    state: StopState
    note: str
    settled_by: str | None
    settled_at: datetime | None
    items: list[PlanItem]


class Plan(Answer):
    """A plan with its stops in the order to drive."""

    plan: PlanSummary
    stops: list[PlanStop]


class ReasonOrder(Order):
    """Why something is not done."""

    reason: Line


class TicketStep(Order):
    """One transition, as for `POST /tickets/{id}/transitions`."""

    action: Line
    detail: dict[str, Any] = Field(default_factory=dict)


class TicketOrder(Order):
    """What is done to a ticket."""

    version: int = Field(ge=1, description="the ticket's version that was read, as in If-Match")
    transitions: list[TicketStep] = Field(min_length=1, max_length=3)

    def work(self) -> Work:
        """Return it as the settlement takes it."""
        steps = tuple((one.action, one.detail) for one in self.transitions)
        return TicketWork(self.version, steps)


class PartyOrder(Order):
    """A party that confirms a manifest on site."""

    party: Literal["generator", "hauler", "disposer"]
    by: Line


class PumpOutOrder(Order):
    """The manifest of a pump-out that was done."""

    pumped_at: Instant
    volume_l: Positive
    hauler: Line
    disposer: Line
    manifest_no: Line
    confirmations: list[PartyOrder] = Field(default=[], max_length=3)

    def work(self) -> Work:
        """Return it as the settlement takes it."""
        return PumpOutWork(
            self.pumped_at,
            self.volume_l,
            self.hauler,
            self.disposer,
            self.manifest_no,
            tuple((Party(one.party), one.by) for one in self.confirmations),
        )


class DeviceOrder(Order):
    """What was found or done at a silent device; that it is heard again its readings say."""

    result: Literal["sends_again", "repaired", "exchanged", "taken_out"]
    note: Text = ""

    def work(self) -> Work:
        """Return it as the settlement takes it."""
        return DeviceWork(self.result, self.note)


class CheckOrder(Order):
    """A dip measurement by the plan's inspector."""

    inspected_at: Instant
    fog_mm: Thickness
    water_mm: Thickness
    solids_mm: Thickness
    note: Text = ""

    def work(self) -> Work:
        """Return it as the settlement takes it."""
        dip = Dip(self.fog_mm, self.water_mm, self.solids_mm)
        return CheckWork(self.inspected_at, dip, self.note)


class EntryOrder(Order):
    """What was done about one item: the member of its duty, or `left_open` with the reason."""

    key: Code = Field(description="of the item")
    ticket: TicketOrder | None = None
    pump_out: PumpOutOrder | None = None
    device: DeviceOrder | None = None
    check: CheckOrder | None = None
    left_open: Line | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = (self.ticket, self.pump_out, self.device, self.check, self.left_open)
        if sum(one is not None for one in said) != 1:
            raise ValueError("one of ticket, pump_out, device, check, left_open expected")
        return self

    def entry(self) -> Entry:
        """Return it as the settlement takes it."""
        said = self.ticket or self.pump_out or self.device or self.check
        return Entry(self.key, LeftOpen(self.left_open or "") if said is None else said.work())


class SettlementOrder(Order):
    """What was done at a stop: every item that is due there, each once."""

    items: list[EntryOrder] = Field(max_length=200)
    note: Text = ""


class Share(Answer):
    """A share with what it is a share of; null where that is nothing."""

    numerator: float
    denominator: float
    ratio: float | None


class DutyCount(Answer):
    """What became of the items of one kind of duty."""

    duty: DutyName
    handled_count: int
    left_open_count: int
    gone_count: int


class SavingsReport(Answer):
    """Visits of a period against separate ones; docs/visits.md defines each figure."""

    from_at: datetime
    to_at: datetime
    town: str | None
    plan_count: int = Field(description="plans with a visit in the period")
    visit_count: int
    items: list[DutyCount]
    separate_visit_count: int = Field(description="(restaurant, kind of duty) with work handled")
    saved_visits: Share = Field(description="(separate - made) of the separate ones; may be < 0")
    driven_m: float
    separate_m: float
    saved_m: Share = Field(description="(separate - driven) of the separate ways")
    unlocated_visit_count: int = Field(description="visits without coordinates: in no distance")
