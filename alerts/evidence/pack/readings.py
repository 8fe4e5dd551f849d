"""The readings around an alert, and the sealed files of the days that they are of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from alerts.evidence import merkle
from alerts.evidence.blobs import BlobDir
from alerts.evidence.pack import store
from alerts.evidence.pack.store import Document
from alerts.evidence.segments import store as segment_store
from alerts.evidence.segments.csv_text import csv_of, split_devices
from alerts.evidence.segments.model import Segment
from alerts.evidence.segments.sealing import span_of
from alerts.evidence.segments.store import Span
from alerts.schedules.wall_clock import local_day
from core.db import Connection
from core.instant import format_rfc3339, to_us
from core.reading_batch import ReadingBatch

#: So long before an alert its rule may have been looking at something already.
_BEFORE = timedelta(hours=2)
#: Days of readings an alert may bring with it; of a longer one the first are in the pack.
_DAYS_MAX = 35
_DAY = timedelta(days=1)


class Readings(NamedTuple):
    """Files of a pack by path, and what the alert's file says about them."""

    files: dict[str, bytes]
    spans: list[dict[str, Any]]
    segments: list[Segment]


def around(
    connection: Connection,
    alert: Document,
    devices: Sequence[Document],
    zone: ZoneInfo,
    now: datetime,
) -> Readings:
    """Return all readings of an alert's devices on the whole county days that it touches."""
    span, is_cut = _span(connection, alert, zone, now)
    first, last = (local_day(to_us(at), zone) for at in (span.from_at, span.to_at - _DAY / 2))
    uids = {device["device_id"]: device["uid"] for device in devices}
    if alert["device_id"] is not None:
        uids = {alert["device_id"]: uids[alert["device_id"]]}
    batch = segment_store.copy_readings(connection, list(uids), span)
    rows = dict(split_devices(batch))
    found = Readings({}, [], [])
    for device_id, uid in uids.items():
        path = f"readings/alert-{alert['alert_id']}-device-{device_id}.csv"
        none = ReadingBatch.from_rows([])
        found.files[path] = csv_of(rows.get(device_id, none)).encode()
        found.spans.append(
            {
                "path": path,
                "device": uid,
                "from": format_rfc3339(to_us(span.from_at)),
                "to": format_rfc3339(to_us(span.to_at)),
                "is_cut": is_cut,
            }
        )
        found.segments.extend(segment_store.select_segments(connection, device_id, first, last))
    return found


def sealed_files(
    connection: Connection, blobs: BlobDir, segments: Sequence[Segment], zone: ZoneInfo
) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Return the sealed files by path, and for each the proof that it lies under its seal.

    Raises: EvidenceDamagedError: a file is gone or altered.
    """
    files: dict[str, bytes] = {}
    proofs = []
    leaves: dict[int, list[bytes]] = {}
    for segment in sorted(set(segments)):
        number = segment.reading_seal_id
        if number not in leaves:
            whole = segment_store.select_seal(connection, number)
            leaves[number] = [merkle.leaf_hash(other.line) for other in whole]
        path = f"segments/device-{segment.device_id}-{segment.day}-v{segment.version}.csv.gz"
        files[path] = blobs.read(segment.sha256)
        spans = merkle.inclusion_spans(segment.position, len(leaves[number]))
        span = span_of(segment.day, zone)
        proofs.append(
            {
                "path": path,
                "line": segment.line.decode(),
                "seal": number,
                "position": segment.position,
                "proof": [merkle.root_of(leaves[number][s.start : s.end]).hex() for s in spans],
                "from": format_rfc3339(to_us(span.from_at)),
                "to": format_rfc3339(to_us(span.to_at)),
            }
        )
    return files, proofs


def _span(
    connection: Connection, alert: Document, zone: ZoneInfo, now: datetime
) -> tuple[Span, bool]:
    """Return whole county days, and whether the alert goes on after them."""
    started = datetime.fromisoformat(alert["started_at"]) - _BEFORE
    earlier = store.select_earlier_start(connection, alert["dedup_key"], alert["alert_id"], started)
    if earlier is not None:
        started = max(earlier - _BEFORE, started - 7 * _DAY)
    ended = alert["settled_at"] or alert["ended_at"]
    until = now if ended is None else datetime.fromisoformat(ended)
    first, last = (local_day(to_us(at), zone) for at in (started, until))
    is_cut = (last - first).days >= _DAYS_MAX
    if is_cut:
        last = first + (_DAYS_MAX - 1) * _DAY
    return Span(span_of(first, zone).from_at, span_of(last, zone).to_at), is_cut
