"""The ingest path's SQL: one function a query, or a few that only make sense together."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from psycopg.errors import UniqueViolation

from core.copy_format import encode_readings
from core.db import Connection, translated_errors
from core.errors import TrapwatchError
from core.instant import HOUR_US, from_us
from core.reading_batch import ReadingBatch
from core.sql import load_queries
from ingest.delivery import Rejection
from ingest.rollup import HourlyGroups, SeriesGroups

_QUERIES = load_queries("ingest")

SeriesKey = tuple[int, int]
_SAMPLE_BYTES_MAX = 4_096


class DuplicateReadingsError(TrapwatchError):
    """The fast path met a reading that is already stored; take the careful path."""


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker tells the other processes about itself; counts are since ``started_at``."""

    client_id: str
    started_at: datetime
    now: datetime
    listening_since: datetime | None
    caught_up_since: datetime | None
    broker_dropped: int | None
    received: int
    stored: int
    duplicate: int
    rejected: int
    in_flight: int


def copy_readings(connection: Connection, batch: ReadingBatch) -> None:
    """Store a batch (key order, no repeated keys) by COPY.

    Raises: DuplicateReadingsError: a key exists; the transaction is then unusable.
    """
    try:
        with connection.cursor().copy(_QUERIES["copy_readings"]) as copy:
            copy.write(encode_readings(batch))
    except UniqueViolation as error:
        raise DuplicateReadingsError(str(error)) from error


def merge_readings(connection: Connection, batch: ReadingBatch) -> tuple[NDArray[np.bool_], int]:
    """Store what is new of a batch (key order, no repeated keys).

    Returns: which rows were new, and how many of the others differ from what is stored (those
    are kept as reading_conflict).
    """
    connection.execute(_QUERIES["create_incoming"])
    with connection.cursor().copy(_QUERIES["copy_incoming"]) as copy:
        copy.write(encode_readings(batch))
    inserted = set(connection.execute(_QUERIES["merge_incoming"]).fetchall())
    conflicts = connection.execute(_QUERIES["keep_conflicts"]).rowcount
    keys = zip(
        batch.device_id.tolist(), batch.metric.tolist(), batch.measured_at_us.tolist(), strict=True
    )
    return np.fromiter((key in inserted for key in keys), np.bool_, len(batch)), conflicts


def keep_conflicts(connection: Connection, batch: ReadingBatch) -> int:
    """Keep readings whose key is stored with another value; return how many there were."""
    connection.execute(_QUERIES["create_incoming"])
    with connection.cursor().copy(_QUERIES["copy_incoming"]) as copy:
        copy.write(encode_readings(batch))
    return connection.execute(_QUERIES["keep_conflicts"]).rowcount


def advance_series(connection: Connection, groups: SeriesGroups) -> dict[SeriesKey, int]:
    """Move cursors and signs of life; return the old cursor (µs) of series with late readings."""
    rows = connection.execute(
        _QUERIES["advance_series"],
        {
            "device_id": groups.device_id,
            "metric": groups.metric,
            "first_us": groups.first_at_us,
            "measured_us": groups.measured_at_us,
            "value": groups.value,
            "received_us": groups.received_at_us,
            "good_received_us": groups.good_received_at_us,
        },
        binary=True,
    )
    return {(device_id, metric): prior_us for device_id, metric, prior_us in rows}


def upsert_hourly(connection: Connection, groups: HourlyGroups) -> None:
    """Add a batch's good readings to the hourly roll-up."""
    connection.execute(
        _QUERIES["upsert_hourly"],
        {
            "device_id": groups.device_id,
            "metric": groups.metric,
            "hour_us": groups.hour_us,
            "reading_count": groups.reading_count,
            "value_sum": groups.value_sum,
            "value_min": groups.value_min,
            "value_max": groups.value_max,
            "first_us": groups.first_at_us,
            "first_value": groups.first_value,
            "last_us": groups.last_at_us,
            "last_value": groups.last_value,
        },
    )


def insert_rejected_messages(
    connection: Connection, rejections: Sequence[Rejection], payload_bytes_max: int
) -> None:
    """Keep rejected messages with their bytes (cut to ``payload_bytes_max``)."""
    deliveries = [rejection.delivery for rejection in rejections]
    connection.execute(
        _QUERIES["insert_rejected_messages"],
        {
            "received_at": [from_us(d.received_at_us) for d in deliveries],
            "topic": [_text(d.topic) for d in deliveries],
            "gateway_uid": [r.gateway_uid and _text(r.gateway_uid) for r in rejections],
            "codec": [r.codec for r in rejections],
            "payload": [d.payload[:payload_bytes_max] for d in deliveries],
            "payload_bytes": [len(d.payload) for d in deliveries],
            "digest": [sha256(d.topic.encode() + b"\0" + d.payload).digest() for d in deliveries],
            "reason": [r.reason for r in rejections],
            "detail": [_text(r.detail)[:2_000] for r in rejections],
            "redelivered": [d.dup for d in deliveries],
            "retained": [d.retain for d in deliveries],
        },
    )


def count_rejected_overflow(connection: Connection, rejections: Sequence[Rejection]) -> None:
    """Count rejected messages by gateway, hour and reason, with the latest of each as sample."""
    counts: dict[tuple[str, int, str], int] = {}
    samples: dict[tuple[str, int, str], Rejection] = {}
    for rejection in rejections:
        hour_us = rejection.delivery.received_at_us // HOUR_US * HOUR_US
        key = (_text(rejection.gateway_uid or ""), hour_us, rejection.reason)
        counts[key] = counts.get(key, 0) + 1
        samples[key] = rejection
    keys = sorted(counts)
    deliveries = [samples[key].delivery for key in keys]
    connection.execute(
        _QUERIES["count_rejected_overflow"],
        {
            "gateway_uid": [key[0] for key in keys],
            "hour": [from_us(key[1]) for key in keys],
            "reason": [key[2] for key in keys],
            "message_count": [counts[key] for key in keys],
            "received_at": [from_us(d.received_at_us) for d in deliveries],
            "topic": [_text(d.topic) for d in deliveries],
            "payload": [d.payload[:_SAMPLE_BYTES_MAX] for d in deliveries],
            "detail": [_text(samples[key].detail)[:2_000] for key in keys],
        },
    )


def register_gateways(connection: Connection, uids: Sequence[str], now: datetime) -> dict[str, int]:
    """Make sure that the named gateways exist; return their numbers."""
    connection.execute(_QUERIES["register_gateways"], {"uids": list(uids), "now": now})
    return dict(connection.execute(_QUERIES["select_gateways"], {"uids": list(uids)}).fetchall())


def register_devices(
    connection: Connection, gateway_by_uid: dict[str, int | None], now: datetime
) -> list[int]:
    """Make sure that the named devices exist (new ones unclaimed); return their numbers."""
    uids = sorted(gateway_by_uid)
    connection.execute(
        _QUERIES["register_devices"],
        {"uids": uids, "gateway_ids": [gateway_by_uid[uid] for uid in uids], "now": now},
    )
    rows = connection.execute(_QUERIES["select_device_ids"], {"uids": uids})
    return [row[0] for row in rows]


def update_gateway_presence(
    connection: Connection, said: dict[str, tuple[bool, bool, int]]
) -> None:
    """Record (online, retained, received_at_us) of gateways by uid."""
    uids = sorted(said)
    connection.execute(
        _QUERIES["update_gateway_presence"],
        {
            "uid": uids,
            "online": [said[uid][0] for uid in uids],
            "retained": [said[uid][1] for uid in uids],
            "received_at": [from_us(said[uid][2]) for uid in uids],
        },
    )


def upsert_device_presence(connection: Connection, said: dict[int, tuple[bool, int]]) -> None:
    """Record (online, received_at_us) of devices by number."""
    device_ids = sorted(said)
    connection.execute(
        _QUERIES["upsert_device_presence"],
        {
            "device_id": device_ids,
            "online": [said[device_id][0] for device_id in device_ids],
            "received_at": [from_us(said[device_id][1]) for device_id in device_ids],
        },
    )


def report_worker(connection: Connection, report: WorkerReport) -> None:
    """Record that a worker is alive, since when it listens and keeps up, and its ledger."""
    with translated_errors():
        connection.execute(_QUERIES["report_worker"], asdict(report))


def _text(value: str) -> str:
    """Make a string storable: PostgreSQL text holds no NUL and no lone surrogates."""
    return value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def forget_worker(connection: Connection, client_id: str) -> None:
    """Take a worker that is gone for good out of the list."""
    with translated_errors():
        connection.execute(_QUERIES["forget_worker"], {"client_id": client_id})


def select_worker_seen_at(connection: Connection, client_id: str) -> datetime | None:
    """Return when a worker last reported while listening; None: it does not listen."""
    with translated_errors():
        row = connection.execute(
            _QUERIES["select_worker_seen_at"], {"client_id": client_id}
        ).fetchone()
    return row[0] if row else None
