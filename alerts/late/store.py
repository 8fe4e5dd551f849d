"""SQL of readings that came late and of what they correct."""

from datetime import datetime
from typing import NamedTuple

import numpy as np

from alerts.late.corrections import Move, OnRecord
from alerts.replays.streaming import Samples
from core.db import Connection
from core.instant import from_us
from core.reading import Quality
from core.reading_batch import ReadingBatch
from core.sql import load_queries

_QUERIES = load_queries("alerts.late")


class LateSpan(NamedTuple):
    """A stretch in which readings of a series came late; ``judged_to_us``: its cursor."""

    device_id: int
    metric: int
    from_us: int
    to_us: int
    judged_to_us: int


def insert_spans(connection: Connection, late: ReadingBatch, now: datetime) -> None:
    """Note readings that came late, in one span a series."""
    key = late.device_id.astype(np.int64) << 16 | late.metric
    order = np.lexsort((late.measured_at_us, key))
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    ends = np.append(starts[1:], len(order)) - 1
    parameters = {
        "device_id": late.device_id[order][starts],
        "metric": late.metric[order][starts],
        "from_us": late.measured_at_us[order][starts],
        "to_us": late.measured_at_us[order][ends],
        "now": now,
    }
    connection.execute(_QUERIES["insert_spans"], parameters)


def select_spans(
    connection: Connection, quiet_since: datetime, waiting_since: datetime, limit: int
) -> list[LateSpan]:
    """Return series with late readings of which none came since ``quiet_since``, or wait long."""
    parameters = {"quiet_since": quiet_since, "waiting_since": waiting_since, "limit": limit}
    return [LateSpan(*row) for row in connection.execute(_QUERIES["select_spans"], parameters)]


def delete_spans(connection: Connection, span: LateSpan, now: datetime) -> None:
    """Forget what was noted of a series up to now."""
    parameters = {"device_id": span.device_id, "metric": span.metric, "now": now}
    connection.execute(_QUERIES["delete_spans"], parameters)


def select_samples(connection: Connection, span: LateSpan, from_us_: int, to_us_: int) -> Samples:
    """Return a series' readings in [from, to] in event-time order; NaN: too near to be seen."""
    parameters = {**_around(span, from_us_, to_us_), "blind": int(Quality.BLIND_ZONE)}
    rows = connection.execute(_QUERIES["select_readings"], parameters).fetchall()
    at_us, value, received_us = zip(*rows, strict=True) if rows else ((), (), ())
    return Samples(
        np.array(at_us, np.int64), np.array(value, np.float64), np.array(received_us, np.int64)
    )


def select_on_record(
    connection: Connection, span: LateSpan, from_us_: int, to_us_: int
) -> list[OnRecord]:
    """Return what is on record about a series in [from, to]."""
    parameters = _around(span, from_us_, to_us_)
    return [OnRecord(*row) for row in connection.execute(_QUERIES["select_on_record"], parameters)]


def move_alert(connection: Connection, move: Move) -> None:
    """Write other ends of an episode, whose row is held."""
    parameters = {
        "alert_id": move.record.alert_id,
        "started_at": from_us(move.started_us),
        "ended_at": None if move.ended_us is None else from_us(move.ended_us),
    }
    connection.execute(_QUERIES["move_alert"], parameters)


def _around(span: LateSpan, from_us_: int, to_us_: int) -> dict[str, object]:
    return {
        "device_id": span.device_id,
        "metric": span.metric,
        "from_at": from_us(from_us_),
        "to_at": from_us(to_us_),
    }
