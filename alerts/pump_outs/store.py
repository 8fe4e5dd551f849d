"""SQL of pump-outs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from alerts.pump_outs.matching import Event, Link
from alerts.pump_outs.model import DrawDown, Party, PumpOut, Source
from core.db import Connection, Row
from core.instant import from_us, to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.pump_outs")


class Manifest(NamedTuple):
    """What a manifest (收运联单) says."""

    trap_id: int
    job_id: int | None
    pumped_at: datetime
    volume_l: float
    hauler: str
    disposer: str
    manifest_no: str


def lock_traps(connection: Connection, trap_ids: Collection[int]) -> list[int]:
    """Hold traps against other filing and matching; return those that exist."""
    parameters = {"trap_ids": sorted(trap_ids)}
    return [int(row[0]) for row in connection.execute(_QUERIES["lock_traps"], parameters)]


def insert_manifest(connection: Connection, manifest: Manifest, now: datetime) -> int | None:
    """Store a manifest and return its number; None where the hauler's number is there already."""
    parameters = {**manifest._asdict(), "now": now}
    row = connection.execute(_QUERIES["insert_manifest"], parameters).fetchone()
    return None if row is None else int(row[0])


def insert_draw_downs(
    connection: Connection, draw_downs: Sequence[DrawDown], now: datetime
) -> list[Event]:
    """Store draw-downs and return them with their numbers."""
    parameters = {
        "trap_id": [fall.trap_id for fall in draw_downs],
        "detected_us": [fall.detected_us for fall in draw_downs],
        "level_before_mm": [float(fall.level_before_mm) for fall in draw_downs],
        "level_min_mm": [float(fall.level_min_mm) for fall in draw_downs],
        "now": now,
    }
    return [_event(row) for row in connection.execute(_QUERIES["insert_draw_downs"], parameters)]


def select_events(
    connection: Connection,
    trap_ids: Collection[int],
    source: Source,
    *,
    first_us: int,
    last_us: int,
    only_unmatched: bool,
) -> list[Event]:
    """Return draw-downs or manifests of traps within ``[first_us, last_us]``."""
    parameters = {
        "trap_ids": sorted(trap_ids),
        "source": source,
        "from_at": from_us(first_us),
        "to_at": from_us(last_us),
        "only_unmatched": only_unmatched,
    }
    return [_event(row) for row in connection.execute(_QUERIES["select_events"], parameters)]


def link_draw_downs(connection: Connection, links: Sequence[Link], now: datetime) -> None:
    """Give draw-downs their manifests."""
    parameters = {
        "draw_down_ids": [link.draw_down_id for link in links],
        "manifest_ids": [link.manifest_id for link in links],
        "now": now,
    }
    connection.execute(_QUERIES["link_draw_downs"], parameters)


def select_source(connection: Connection, pump_out_id: int) -> Source | None:
    """Return how a pump-out came to be known; None where there is none."""
    parameters = {"pump_out_id": pump_out_id}
    row = connection.execute(_QUERIES["select_source"], parameters).fetchone()
    return None if row is None else Source(row[0])


def insert_confirmation(
    connection: Connection, pump_out_id: int, party: Party, by: str, now: datetime
) -> bool:
    """Store a party's word; return whether it had not confirmed before."""
    parameters = {"pump_out_id": pump_out_id, "party": party, "by": by, "now": now}
    return connection.execute(_QUERIES["insert_confirmation"], parameters).fetchone() is not None


def select_pump_outs(
    connection: Connection, trap_ids: Collection[int], from_at: datetime, to_at: datetime
) -> list[PumpOut]:
    """Return what was filed or detected in ``[from_at, to_at)``, by trap and time."""
    parameters = {"trap_ids": sorted(trap_ids), "from_at": from_at, "to_at": to_at}
    return [_pump_out(row) for row in connection.execute(_QUERIES["select_pump_outs"], parameters)]


def _event(row: Row) -> Event:
    pump_out_id, trap_id, pumped_at = row
    return Event(pump_out_id, trap_id, to_us(pumped_at))


def _pump_out(row: Row) -> PumpOut:
    pump_out_id, trap_id, source, pumped_at, filed_at, *rest = row
    volume_l, capacity_l, level_min_mm, counterpart_id, matched_at, parties, confirmed_at = rest
    return PumpOut(
        pump_out_id=pump_out_id,
        trap_id=trap_id,
        source=Source(source),
        pumped_us=to_us(pumped_at),
        filed_us=to_us(filed_at),
        volume_l=volume_l,
        capacity_l=capacity_l,
        level_min_mm=level_min_mm,
        counterpart_id=counterpart_id,
        matched_us=None if matched_at is None else to_us(matched_at),
        confirmed_us={
            Party(party): to_us(at) for party, at in zip(parties, confirmed_at, strict=True)
        },
    )
