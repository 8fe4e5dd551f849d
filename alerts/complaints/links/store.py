"""SQL of what repeats what."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from alerts.complaints.duplicates import SAME_PLACE_M, Repetition, Report
from alerts.complaints.positions import Position, box
from core.db import Connection, Row
from core.instant import to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.complaints.links")
_LAT_SPAN_DEG = box(Position(0, 0), SAME_PLACE_M)[1].lat_deg


def select_reports(connection: Connection, complaint_ids: Sequence[int]) -> list[Report]:
    """Return complaints as they are compared; not those that are linked or settled already."""
    parameters = {"complaint_ids": list(complaint_ids)}
    return [_report(row) for row in connection.execute(_QUERIES["select_reports"], parameters)]


def select_firsts(
    connection: Connection, complaint_ids: Sequence[int], window: timedelta
) -> list[Report]:
    """Return known complaints that may be the first of these ones' matters."""
    parameters = {
        "complaint_ids": list(complaint_ids),
        "window": window,
        "lat_span_deg": _LAT_SPAN_DEG,
    }
    return [_report(row) for row in connection.execute(_QUERIES["select_firsts"], parameters)]


def update_duplicates(connection: Connection, links: Iterable[Repetition]) -> None:
    """Link complaints to the first of their matter, and what repeated them as well."""
    links = list(links)
    if not links:
        return
    parameters = {
        "complaint_id": [link.complaint_id for link in links],
        "first_id": [link.first_id for link in links],
        "reason": [link.reason for link in links],
        "score": [link.score for link in links],
    }
    connection.execute(_QUERIES["update_duplicates"], parameters)


def move_duplicates(connection: Connection, complaint_id: int, first_id: int) -> None:
    """Let whatever repeats one complaint repeat another: links make no chains."""
    connection.execute(
        _QUERIES["move_duplicates"], {"complaint_id": complaint_id, "first_id": first_id}
    )


def has_duplicates(connection: Connection, complaint_id: int) -> bool:
    """Return whether others repeat a complaint."""
    parameters = {"complaint_id": complaint_id}
    return connection.execute(_QUERIES["has_duplicates"], parameters).fetchone() is not None


def undo_duplicate(connection: Connection, complaint_id: int, now: datetime) -> None:
    """Make a complaint a matter of its own."""
    connection.execute(_QUERIES["undo_duplicate"], {"complaint_id": complaint_id, "now": now})


def select_first(connection: Connection, complaint_id: int) -> int | None:
    """Return the first of a complaint's matter: itself, or what it repeats."""
    row = connection.execute(_QUERIES["select_first"], {"complaint_id": complaint_id}).fetchone()
    return None if row is None else int(row[0])


def _report(row: Row) -> Report:
    number, source, reference, channel, category, received_at, restaurant_id, certainty, *at = row
    lon_deg, lat_deg = at
    return Report(
        number,
        source,
        reference,
        channel,
        category,
        to_us(received_at),
        restaurant_id,
        certainty,
        None if lon_deg is None or lat_deg is None else Position(lon_deg, lat_deg),
    )
