"""The SQL of pump-outs, reading only: changes go through alerts.pump_outs.actions."""

from datetime import datetime

from alerts.pump_outs.model import Party, is_complete, verified_us
from api.paging import ID_MAX
from api.pump_outs.schemas import PumpOut, PumpOutSource, StoredPumpOut
from api.store import fetch_all
from core.db import Connection
from core.instant import from_us, to_us
from core.sql import load_queries

_QUERIES = load_queries("api.pump_outs")


def select_pump_outs(
    connection: Connection,
    *,
    pump_out_id: int | None = None,
    town: str | None = None,
    trap_id: int | None = None,
    source: PumpOutSource | None = None,
    matched: bool | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[PumpOut]:
    """Return pump-outs below ``before_id``, the last known first."""
    parameters = {
        "pump_out_id": pump_out_id,
        "town": town,
        "trap_id": trap_id,
        "source": source,
        "matched": matched,
        "from_at": from_at,
        "to_at": to_at,
        "before_id": before_id,
        "count_max": count_max,
    }
    rows = fetch_all(connection, _QUERIES["select_pump_outs"], parameters, StoredPumpOut)
    return [_judged(row) for row in rows]


def _judged(row: StoredPumpOut) -> PumpOut:
    confirmed_us = {Party(one.party): to_us(one.confirmed_at) for one in row.confirmations}
    since_us = verified_us(confirmed_us)
    return PumpOut(
        **dict(row),
        verified_at=None if since_us is None else from_us(since_us),
        complete=None if row.volume_l is None else is_complete(row.volume_l, row.capacity_l),
    )
