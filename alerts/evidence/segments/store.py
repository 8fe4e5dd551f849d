"""SQL of sealed readings."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from alerts.evidence.segments.model import Segment
from core.copy_format import decode_readings
from core.db import Connection
from core.reading_batch import ReadingBatch
from core.sql import load_queries

_QUERIES = load_queries("alerts.evidence.segments")


class Sealing(NamedTuple):
    """How far the look at a day has come: on which day it was begun, up to which device."""

    looked_on: date
    device_id_to: int
    is_done: bool


class Span(NamedTuple):
    """An instant and the first one after it that does not belong to it."""

    from_at: datetime
    to_at: datetime


def select_sealing(connection: Connection, day: date) -> Sealing | None:
    """Return how far the look at a day has come; None: it was never looked at."""
    row = connection.execute(_QUERIES["select_sealing"], {"day": day}).fetchone()
    return None if row is None else Sealing(*row)


def select_last_done(connection: Connection, before: date) -> date | None:
    """Return the newest day before another that was looked at to its end."""
    row = connection.execute(_QUERIES["select_last_done"], {"before": before}).fetchone()
    return None if row is None else row[0]


def save_sealing(connection: Connection, day: date, sealing: Sealing) -> None:
    """Say how far the look at a day has come."""
    connection.execute(_QUERIES["save_sealing"], {"day": day, **sealing._asdict()})


def select_next_devices(
    connection: Connection, device_id_to: int, count_max: int
) -> dict[int, str]:
    """Return the uids of the next devices after a number, in the order of their numbers."""
    parameters = {"device_id_to": device_id_to, "count_max": count_max}
    rows = connection.execute(_QUERIES["select_next_devices"], parameters)
    return {row[0]: row[1] for row in rows}


def select_changed_devices(
    connection: Connection, device_ids: Sequence[int], day: date, span: Span
) -> dict[int, int]:
    """Return which devices have other readings of a day than were sealed: their next version.

    Rows are only ever added to a day, so another count means other readings.
    """
    parameters = {"device_ids": list(device_ids), "day": day, **span._asdict()}
    rows = connection.execute(_QUERIES["select_changed_devices"], parameters)
    return {row[0]: row[1] for row in rows}


def copy_readings(connection: Connection, device_ids: Sequence[int], span: Span) -> ReadingBatch:
    """Return all readings of devices in a span, in no order."""
    parameters = {"device_ids": list(device_ids), **span._asdict()}
    stream = bytearray()
    with connection.cursor().copy(_QUERIES["copy_readings"], parameters) as copy:
        for part in copy:
            stream += part
    return decode_readings(stream)


def insert_seal(
    connection: Connection,
    day: date,
    segments: Sequence[Segment],
    root_hash: bytes,
    sealed_at: datetime,
) -> int:
    """Store files that are sealed together, in the order of their leaves; return their number."""
    parameters = {
        "day": day, "segment_count": len(segments), "root_hash": root_hash, "sealed_at": sealed_at,
    }  # fmt: skip
    row = connection.execute(_QUERIES["insert_seal"], parameters).fetchone()
    assert row is not None, "INSERT ... RETURNING returns the row"
    names = ("device_id", "device_uid", "version", "sha256", "byte_count", "row_count")
    columns = {name: [getattr(segment, name) for segment in segments] for name in names}
    connection.execute(_QUERIES["insert_blobs"], {**columns, "sealed_at": sealed_at})
    connection.execute(
        _QUERIES["insert_segments"], {**columns, "reading_seal_id": row[0], "day": day}
    )
    return int(row[0])


def select_segments(
    connection: Connection, device_id: int, first_day: date, last_day: date
) -> list[Segment]:
    """Return all versions of a device's segments of a span of days, both included."""
    parameters = {"device_id": device_id, "first_day": first_day, "last_day": last_day}
    rows = connection.execute(_QUERIES["select_segments"], parameters)
    return [Segment(*row) for row in rows]


def select_seal(connection: Connection, reading_seal_id: int) -> list[Segment]:
    """Return everything under one seal, in the order of its leaves."""
    parameters = {"reading_seal_id": reading_seal_id}
    rows = connection.execute(_QUERIES["select_seal"], parameters)
    return [Segment(*row) for row in rows]
