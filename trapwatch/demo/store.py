"""Writes a simulated county into the register; whole columns at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from core.db import Connection
from core.instant import from_us
from core.sql import load_queries
from simulators.complaints import Complaint
from simulators.county import Device, Gateway, Restaurant, Trap
from simulators.names import TownSeed

_QUERIES = load_queries("trapwatch.demo")


def lock_towns(connection: Connection) -> None:
    """Keep every other seeder out until the transaction ends."""
    connection.execute(_QUERIES["lock_towns"])


def select_any_town(connection: Connection) -> bool:
    """Return whether any town is registered."""
    row = connection.execute(_QUERIES["select_any_town"]).fetchone()
    return bool(row and row[0])


def insert_towns(connection: Connection, towns: Sequence[TownSeed]) -> None:
    """Register towns."""
    connection.execute(_QUERIES["insert_towns"], _columns(towns, "code", "name", "name_en"))


def insert_restaurants(
    connection: Connection,
    restaurants: Sequence[Restaurant],
    *,
    permit_valid_to: date,
    created_at: datetime,
) -> None:
    """Register restaurants; those with a permit get its last day."""
    columns = _columns(
        restaurants,
        *("register_no", "name", "restaurant_type", "status", "needs_trap", "town_code"),
        *("address", "lon_deg", "lat_deg", "permit_no"),
    )
    columns["opening_windows"] = [json.dumps(r.opening_windows) for r in restaurants]
    connection.execute(
        _QUERIES["insert_restaurants"],
        {**columns, "permit_valid_to": permit_valid_to, "created_at": created_at},
    )


def insert_traps(
    connection: Connection,
    traps: Sequence[Trap],
    *,
    cleaning_interval_days: int,
    cleaning_basis: str,
    created_at: datetime,
) -> None:
    """Register traps, all under the same cleaning interval."""
    columns = _columns(
        traps,
        *("code", "register_no", "capacity_l", "outlet_invert_mm", "cover_mm", "area_m2"),
        *("rated_flow_lps", "sewer_branch", "on_road"),
    )
    parameters = {
        "cleaning_interval_days": cleaning_interval_days,
        "cleaning_basis": cleaning_basis,
        "created_at": created_at,
    }
    connection.execute(_QUERIES["insert_traps"], {**columns, **parameters})


def insert_gateways(
    connection: Connection, gateways: Sequence[Gateway], created_at: datetime
) -> None:
    """Register gateways."""
    columns = _columns(gateways, "uid", "town_code")
    connection.execute(_QUERIES["insert_gateways"], {**columns, "created_at": created_at})


def insert_devices(
    connection: Connection, devices: Sequence[Device], *, report_interval_s: int, as_of: datetime
) -> None:
    """Register devices as commissioned ``age_days`` before ``as_of``."""
    columns = _columns(devices, "uid", "gateway_uid", "trap_code", "model", "mount_height_mm")
    columns["commissioned_at"] = [as_of - timedelta(days=d.age_days) for d in devices]
    connection.execute(
        _QUERIES["insert_devices"], {**columns, "report_interval_s": report_interval_s}
    )


def insert_complaints(connection: Connection, complaints: Sequence[Complaint], source: str) -> None:
    """Record complaints as received, with links from repeated ones to the first."""
    columns = _columns(
        complaints,
        *("external_ref", "channel", "category", "description", "register_no", "address"),
        *("lon_deg", "lat_deg"),
    )
    columns["received_at"] = [from_us(complaint.received_at_us) for complaint in complaints]
    connection.execute(_QUERIES["insert_complaints"], {**columns, "source": source})
    repeated = [complaint for complaint in complaints if complaint.duplicate_of is not None]
    connection.execute(
        _QUERIES["update_complaint_duplicates"],
        {**_columns(repeated, "external_ref", "duplicate_of"), "source": source},
    )


def insert_rule_override(
    connection: Connection,
    rule_code: str,
    parameters: Mapping[str, Any],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Override some of a rule's parameters in the whole county, unless somebody has already."""
    connection.execute(
        _QUERIES["insert_rule_override"],
        {
            "rule_code": rule_code,
            "parameters": json.dumps(parameters),
            "reason": reason,
            "now": now,
        },
    )


def _columns(rows: Iterable[object], *names: str) -> dict[str, Any]:
    rows = list(rows)
    return {name: [getattr(row, name) for row in rows] for name in names}
