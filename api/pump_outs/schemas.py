"""What the pump-out routes answer and are told."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas import Answer, BigId, Id, Instant, Line, Order, Positive

PumpOutSource = Literal["manifest", "detected"]
PartyName = Literal["generator", "hauler", "disposer"]


class PumpOutOrder(Order):
    """A manifest (收运联单) as it is filed."""

    trap_id: Id
    job_id: BigId | None = Field(None, description="the job it was done under, of the same trap")
    pumped_at: Instant
    volume_l: Positive
    hauler: Line = Field(description="收运单位")
    disposer: Line = Field(description="处置单位")
    manifest_no: Line = Field(description="the hauler's number; it can be filed once")


class ConfirmationOrder(Order):
    """A party's word that kind and quantity are right."""

    party: PartyName
    by: Line = Field(description="who confirms for it")


class Confirmation(Answer):
    """Which party has confirmed, by whom and when."""

    party: PartyName
    confirmed_by: str
    confirmed_at: datetime


class StoredPumpOut(Answer):
    """A pump-out as it stands in the database."""

    pump_out_id: int
    source: PumpOutSource = Field(description="detected: the trap's level fell")
    trap_id: int
    trap_code: str
    capacity_l: float
    job_id: int | None
    pumped_at: datetime
    filed_at: datetime = Field(description="our clock")
    volume_l: float | None
    hauler: str | None
    disposer: str | None
    manifest_no: str | None
    level_before_mm: float | None
    level_min_mm: float | None
    counterpart_id: int | None = Field(
        description="a manifest's draw-down, a draw-down's manifest: the same pump-out"
    )
    matched_at: datetime | None
    confirmations: list[Confirmation]


class PumpOut(StoredPumpOut):
    """A pump-out (清掏), as a manifest says or as the level shows."""

    verified_at: datetime | None = Field(
        description="since when the hauler and at least one other party had confirmed"
    )
    complete: bool | None = Field(
        description="at least 80 % of the trap's capacity; null where no volume is known"
    )
