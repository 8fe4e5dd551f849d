"""SQL of what people wrote down about traps."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.circumstances.model import FOREVER_US, Span
from alerts.closures.store import select_closures
from alerts.papers.model import Papers
from alerts.pump_outs.model import Source
from alerts.pump_outs.store import select_pump_outs
from alerts.schedules.opening import OpeningHours
from alerts.windowed.history import Dip, PumpedOut
from core.db import Connection
from core.instant import DAY_US, from_us, to_us
from core.registry.model import TrapEntry
from core.sql import load_queries

_QUERIES = load_queries("alerts.papers")
#: So long before a stretch of time manifests and closures still matter to rules.
_BACK_US = 120 * DAY_US


def select_papers(
    connection: Connection, traps: Sequence[TrapEntry], from_us_: int, to_us_: int
) -> Papers:
    """Return what was written down about traps for [from, to]."""
    trap_ids = [trap.trap_id for trap in traps]
    restaurant_ids = sorted({trap.restaurant_id for trap in traps})
    back_at = from_us(max(min(from_us_, to_us_ - _BACK_US), 0))
    span = {"from_at": from_us(from_us_), "to_at": from_us(to_us_)}
    openings = _select_openings(connection, restaurant_ids)
    closures = {
        restaurant_id: [Span(c.from_us, c.to_us, c.known_us) for c in closed]
        for restaurant_id, closed in select_closures(
            connection, restaurant_ids, back_at, span["to_at"]
        ).items()
    }
    return Papers(
        openings={trap.trap_id: openings[trap.restaurant_id] for trap in traps},
        works=_select_works(connection, trap_ids, span),
        pump_outs=_select_pump_outs(connection, trap_ids, back_at, span["to_at"]),
        dips=_select_dips(connection, trap_ids, span),
        closures={trap.trap_id: closures.get(trap.restaurant_id, []) for trap in traps},
    )


def _select_openings(
    connection: Connection, restaurant_ids: Sequence[int]
) -> dict[int, OpeningHours]:
    parameters = {"restaurant_ids": list(restaurant_ids)}
    return {
        restaurant_id: OpeningHours.parse(windows)
        for restaurant_id, windows in connection.execute(_QUERIES["select_openings"], parameters)
    }


def _select_works(
    connection: Connection, trap_ids: Sequence[int], span: Mapping[str, datetime]
) -> dict[int, list[Span]]:
    works: defaultdict[int, list[Span]] = defaultdict(list)
    rows = connection.execute(_QUERIES["select_works"], {"trap_ids": list(trap_ids), **span})
    for trap_id, from_at, to_at, known_at in rows:
        end_us = FOREVER_US if to_at is None else to_us(to_at)
        works[trap_id].append(Span(to_us(from_at), end_us, to_us(known_at)))
    return works


def _select_pump_outs(
    connection: Connection, trap_ids: Sequence[int], from_at: datetime, to_at: datetime
) -> dict[int, list[PumpedOut]]:
    found: defaultdict[int, list[PumpedOut]] = defaultdict(list)
    for out in select_pump_outs(connection, trap_ids, from_at, to_at):
        if out.source is Source.MANIFEST:
            found[out.trap_id].append(
                PumpedOut(out.pumped_us, out.volume_l or 0.0, out.filed_us, out.verified_us)
            )
    return found


def _select_dips(
    connection: Connection, trap_ids: Sequence[int], span: Mapping[str, datetime]
) -> dict[int, list[Dip]]:
    found: defaultdict[int, list[Dip]] = defaultdict(list)
    rows = connection.execute(_QUERIES["select_dips"], {"trap_ids": list(trap_ids), **span})
    for trap_id, inspected_at, fog_mm, solids_mm in rows:
        found[trap_id].append(Dip(to_us(inspected_at), float(fog_mm), float(solids_mm)))
    return found
