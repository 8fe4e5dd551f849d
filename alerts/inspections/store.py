"""SQL of inspections."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alerts.inspections.fullness import Dip, fullness_ratio
from core.db import Connection
from core.instant import to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.inspections")


class Report(NamedTuple):
    """What an inspector reports."""

    trap_id: int
    job_id: int | None
    inspector: str
    inspected_at: datetime
    dip: Dip
    note: str


class Heights(NamedTuple):
    """A trap's heights above its floor."""

    outlet_invert_mm: float
    cover_mm: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """A dip measurement as rules look at it; ``filed_us`` is since when we know of it."""

    inspection_id: int
    trap_id: int
    inspected_us: int
    filed_us: int
    fullness_ratio: float


def select_heights(connection: Connection, trap_id: int) -> Heights | None:
    """Return a trap's heights; None where there is no such trap."""
    row = connection.execute(_QUERIES["select_heights"], {"trap_id": trap_id}).fetchone()
    return None if row is None else Heights(*row)


def insert_inspection(
    connection: Connection, report: Report, depth_mm: float, now: datetime
) -> int | None:
    """Store a report and return its number; None where the inspector's is there already."""
    parameters = {**report._asdict(), **report.dip._asdict(), "depth_mm": depth_mm, "now": now}
    del parameters["dip"]
    row = connection.execute(_QUERIES["insert_inspection"], parameters).fetchone()
    return None if row is None else int(row[0])


def select_inspections(
    connection: Connection, trap_ids: Collection[int], from_at: datetime, to_at: datetime
) -> list[Inspection]:
    """Return what was measured at traps in ``[from_at, to_at)``, by trap and time."""
    parameters = {"trap_ids": sorted(trap_ids), "from_at": from_at, "to_at": to_at}
    return [
        Inspection(
            inspection_id,
            trap_id,
            to_us(inspected_at),
            to_us(filed_at),
            fullness_ratio(Dip(*layers), depth_mm),
        )
        for inspection_id, trap_id, inspected_at, filed_at, *layers, depth_mm in connection.execute(
            _QUERIES["select_inspections"], parameters
        )
    ]
