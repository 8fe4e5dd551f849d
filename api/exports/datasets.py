"""What can be exported: each dataset's columns with their kinds, and its filters. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, NamedTuple

Format = Literal["csv", "ndjson", "geojson", "parquet"]
Filter = Literal["town", "status", "trap", "device", "from", "to"]
DatasetName = Literal[
    "restaurants",
    "traps",
    "devices",
    "readings",
    "readings_hourly",
    "alerts",
    "tickets",
    "complaints",
    "pump_outs",
    "inspections",
    "uncovered",
    "device_days",
]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DAY = "day"


class Dataset(NamedTuple):
    """The columns in the order of the query of the same name; ``needed`` filters must be given.

    A dataset with ``lon_deg`` and ``lat_deg`` (WGS84) can be GeoJSON.
    """

    columns: Mapping[str, Kind]
    filters: frozenset[Filter]
    needed: frozenset[Filter] = frozenset()

    @property
    def has_position(self) -> bool:
        """Return whether its rows are somewhere."""
        return "lon_deg" in self.columns


T, I, N, B, M, D = (  # noqa: E741 - one letter a kind keeps the tables below readable
    Kind.TEXT,
    Kind.INTEGER,
    Kind.NUMBER,
    Kind.BOOLEAN,
    Kind.INSTANT,
    Kind.DAY,
)
_PLACE = {"restaurant_id": I, "register_no": T, "restaurant_name": T, "town_code": T}
_POSITION = {"lon_deg": N, "lat_deg": N}
_SPAN: frozenset[Filter] = frozenset({"town", "from", "to"})

DATASETS: Mapping[DatasetName, Dataset] = {
    "restaurants": Dataset(
        {
            **_PLACE,
            "restaurant_type": T,
            "status": T,
            "needs_trap": B,
            "address": T,
            **_POSITION,
            "permit_no": T,
            "permit_valid_to": D,
            "coverage_stage": T,
            "updated_at": M,
        },
        frozenset({"town", "status"}),
    ),
    "traps": Dataset(
        {
            "trap_id": I,
            "trap_code": T,
            **_PLACE,
            "capacity_l": N,
            "outlet_invert_mm": N,
            "cover_mm": N,
            "area_m2": N,
            "rated_flow_lps": N,
            "cleaning_interval_days": I,
            "cleaning_basis": T,
            "sewer_branch": T,
            "on_road": B,
            **_POSITION,
        },
        frozenset({"town"}),
    ),
    "devices": Dataset(
        {
            "device_id": I,
            "device_uid": T,
            "gateway_uid": T,
            "trap_code": T,
            **_PLACE,
            "model": T,
            "status": T,
            "report_interval_s": I,
            "mount_height_mm": N,
            "commissioned_at": M,
            "received_at": M,
        },
        frozenset({"town", "status"}),
    ),
    "readings": Dataset(
        {
            "device_uid": T,
            "metric": T,
            "measured_at": M,
            "value": N,
            "quality": T,
            "received_at": M,
        },
        frozenset({"trap", "device", "from", "to"}),
        frozenset({"from", "to"}),
    ),
    "readings_hourly": Dataset(
        {
            "device_uid": T,
            "metric": T,
            "hour": M,
            "reading_count": I,
            "value_mean": N,
            "value_min": N,
            "value_max": N,
        },
        frozenset({"trap", "device", "from", "to"}),
        frozenset({"from", "to"}),
    ),
    "alerts": Dataset(
        {
            "alert_id": I,
            "rule": T,
            "severity": T,
            "status": T,
            "trap_code": T,
            **_PLACE,
            "started_at": M,
            "fired_at": M,
            "ended_at": M,
            "value": N,
            "peak_value": N,
            "suppressed_by": T,
            "ticket_id": I,
            **_POSITION,
        },
        _SPAN | {"status"},
    ),
    "tickets": Dataset(
        {
            "ticket_id": I,
            "problem": T,
            "severity": T,
            "state": T,
            "trap_code": T,
            **_PLACE,
            "source_kind": T,
            "source_ref": T,
            "owner_unit": T,
            "return_count": I,
            "rework_count": I,
            "reopen_count": I,
            "created_at": M,
            "filed_at": M,
            "first_resolved_at": M,
            "closed_at": M,
            "resolve_due_at": M,
            "resolve_breached_at": M,
        },
        _SPAN | {"status"},
    ),
    "complaints": Dataset(
        {
            "complaint_id": I,
            "source": T,
            "external_ref": T,
            "received_at": M,
            "channel": T,
            "category": T,
            "description": T,
            **_PLACE,
            "address": T,
            **_POSITION,
            "duplicate_of": I,
        },
        _SPAN,
    ),
    "pump_outs": Dataset(
        {
            "pump_out_id": I,
            "source": T,
            "trap_code": T,
            **_PLACE,
            "pumped_at": M,
            "volume_l": N,
            "hauler": T,
            "disposer": T,
            "manifest_no": T,
            "confirmation_count": I,
            "level_before_mm": N,
            "level_min_mm": N,
            "manifest_id": I,
        },
        _SPAN,
    ),
    "inspections": Dataset(
        {
            "inspection_id": I,
            "trap_code": T,
            **_PLACE,
            "inspected_at": M,
            "fog_mm": N,
            "solids_mm": N,
            "water_mm": N,
            "depth_mm": N,
            "fullness_ratio": N,
        },
        _SPAN,
    ),
    "uncovered": Dataset(
        {
            **_PLACE,
            "restaurant_type": T,
            "address": T,
            "reason": T,
            "since": M,
            **_POSITION,
        },
        frozenset({"town", "status"}),
    ),
    "device_days": Dataset(
        {
            "day": D,
            "device_uid": T,
            **_PLACE,
            "report_interval_s": I,
            "report_count": I,
            "expected_reports": N,
            "received_reports": N,
            "valid_reports": N,
            "in_service_h": N,
            "online_h": N,
            "working_h": N,
            "maintenance_h": N,
        },
        _SPAN,
        frozenset({"from", "to"}),
    ),
}
