"""What the map routes answer: columns, because there are many rows and few kinds of value."""

from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer

STAGES: tuple[str, ...] = (
    *("not_required", "no_trap", "no_device", "not_commissioned"),
    *("silent", "bad_data", "good"),
)
SEVERITIES: tuple[str, ...] = ("none", "blue", "yellow", "orange", "red")


class TrapMarks(Answer):
    """One mark a trap; the n-th entries of all columns belong together."""

    stages: tuple[str, ...] = Field(STAGES, description="what the numbers of `stage` mean")
    severities: tuple[str, ...] = Field(
        SEVERITIES, description="what the numbers of `severity` mean"
    )
    trap_id: list[int]
    code: list[str]
    lon_deg: list[float] = Field(description="WGS84, to a metre")
    lat_deg: list[float] = Field(description="WGS84, to a metre")
    stage: list[int] = Field(description="of the trap's restaurant")
    severity: list[int] = Field(description="of its worst open alert")


class Outlines(Answer):
    """GeoJSON (RFC 7946) of the towns; `properties.schematic` says that it is only a sketch."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]
