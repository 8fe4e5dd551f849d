"""Sealing the readings of a county day: what has no file yet, or has more readings than its file.

A run looks at some hundred devices of one day. It seals what it finds under one Merkle root, and
that root is one entry of the ledger: docs/decisions/0018-one-seal-a-run.md.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.evidence import audit, merkle
from alerts.evidence.blobs import BlobDir
from alerts.evidence.segments import store
from alerts.evidence.segments.csv_text import compress, csv_of, split_devices
from alerts.evidence.segments.model import Segment
from alerts.evidence.segments.store import Sealing, Span
from alerts.schedules.wall_clock import instant_us, local_day
from core.db import Connection
from core.instant import from_us, to_us
from core.reading_batch import ReadingBatch

SYSTEM = "system"
_DAY = timedelta(days=1)
_MIDNIGHT = datetime.min.time()


class Look(NamedTuple):
    """A day to look at, and how far that has come."""

    day: date
    sealing: Sealing


def next_look(
    connection: Connection, now: datetime, zone: ZoneInfo, grace: timedelta, late_days: int
) -> Look | None:
    """Return the day that is due and not yet done today; None: all are.

    A day is due ``grace`` after its end, and once a day for ``late_days`` more, because readings of
    it may still arrive: the newest first. Then come days that were missed while nothing ran.
    """
    today = local_day(to_us(now - grace), zone)
    for age in range(1, late_days + 2):
        look = _look(connection, today - age * _DAY, today)
        if look is not None:
            return look
    oldest = today - (late_days + 1) * _DAY
    last_done = store.select_last_done(connection, oldest)
    missed = oldest if last_done is None else last_done + _DAY
    return _look(connection, missed, today) if missed < oldest else None


def _look(connection: Connection, day: date, today: date) -> Look | None:
    sealing = store.select_sealing(connection, day)
    if sealing is None or (sealing.is_done and sealing.looked_on < today):
        return Look(day, Sealing(today, 0, is_done=False))
    return None if sealing.is_done else Look(day, sealing)


def seal_some(
    connection: Connection,
    blobs: BlobDir,
    look: Look,
    *,
    zone: ZoneInfo,
    count_max: int,
    now: datetime,
) -> int:
    """Look at the next ``count_max`` devices of a day; return how many files were sealed."""
    day, sealing = look
    devices = store.select_next_devices(connection, sealing.device_id_to, count_max)
    if not devices:
        store.save_sealing(connection, day, sealing._replace(is_done=True))
        return 0
    span = span_of(day, zone)
    versions = store.select_changed_devices(connection, list(devices), day, span)
    if versions:
        readings = store.copy_readings(connection, list(versions), span)
        segments = _segments(blobs, readings, day, devices, versions)
        _seal(connection, day, segments, now)
    is_done = len(devices) < count_max
    store.save_sealing(
        connection, day, sealing._replace(device_id_to=max(devices), is_done=is_done)
    )
    return len(versions)


def span_of(day: date, zone: ZoneInfo) -> Span:
    """Return the instants of a day by a zone's clocks."""
    start, end = (instant_us(d, _MIDNIGHT, zone) for d in (day, day + _DAY))
    return Span(from_us(start), from_us(end))


def _segments(
    blobs: BlobDir,
    readings: ReadingBatch,
    day: date,
    devices: Mapping[int, str],
    versions: Mapping[int, int],
) -> list[Segment]:
    """Write the files; their seal has no number yet (0)."""
    segments = []
    for position, (device_id, rows) in enumerate(split_devices(readings)):
        content = compress(csv_of(rows))
        segments.append(
            Segment(
                0, position, device_id, devices[device_id], day, versions[device_id],
                blobs.put(content), len(content), len(rows),
            )
        )  # fmt: skip
    return segments


def _seal(connection: Connection, day: date, segments: list[Segment], now: datetime) -> None:
    root = merkle.root_of([merkle.leaf_hash(segment.line) for segment in segments])
    number = store.insert_seal(connection, day, segments, root, now)
    audit.record(
        connection,
        at=now,
        actor=SYSTEM,
        action="readings.sealed",
        subject_kind="reading_seal",
        subject_id=str(number),
        detail={
            "day": day.isoformat(),
            "segment_count": len(segments),
            "row_count": sum(segment.row_count for segment in segments),
            "root_hash": root.hex(),
        },
    )
