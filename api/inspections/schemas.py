"""What the inspection routes answer and are told."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas import Answer, BigId, Id, Instant, Line, Order, Text

Thickness = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class InspectionOrder(Order):
    """A dip measurement as an inspector reports it."""

    trap_id: Id
    job_id: BigId | None = Field(None, description="the job it was done under, of the same trap")
    inspector: Line
    inspected_at: Instant
    fog_mm: Thickness = Field(description="floating fat, oil and grease")
    water_mm: Thickness = Field(description="between fat and solids")
    solids_mm: Thickness = Field(description="settled on the floor")
    note: Text = ""


class StoredInspection(Answer):
    """An inspection as it stands in the database."""

    inspection_id: int
    trap_id: int
    trap_code: str
    job_id: int | None
    inspector: str
    inspected_at: datetime
    fog_mm: float
    water_mm: float
    solids_mm: float
    depth_mm: float = Field(description="the trap's outlet_invert_mm at that time")
    note: str
    filed_at: datetime = Field(description="our clock")


class Inspection(StoredInspection):
    """An inspection (巡查): how full a trap is, measured by hand."""

    fullness_ratio: float = Field(description="(fog_mm + solids_mm) / depth_mm")
    due: bool = Field(description="25 % or more: it has to be pumped out")
