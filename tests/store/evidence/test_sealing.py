"""Sealing readings by the day on a real database."""

import gzip
import json
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from alerts.evidence import merkle
from alerts.evidence.blobs import BlobDir
from alerts.evidence.segments import store
from alerts.timers import sealing
from core.instant import SECOND_US
from core.reading import Metric, Quality
from tests.store.conftest import NOW_US, Ingest, MakeMessage
from tests.store.evidence.packs import ZONE

SEGMENTS = "SELECT device_id, day, version, row_count, sha256 FROM reading_segment ORDER BY 2, 1, 3"
HOUR_S = 3_600


@pytest.fixture
def blobs(tmp_path: Path) -> BlobDir:
    return BlobDir(tmp_path)


def run(ingest: Ingest, blobs: BlobDir, after_s: float, **options: Any) -> int:
    """One run, so long after 09:00 in Shanghai on Monday, 2026-01-05."""
    with ingest.connection.transaction():
        return sealing.run_once(
            ingest.connection, NOW_US + round(after_s * SECOND_US), blobs=blobs, zone=ZONE,
            **{"grace_s": 6 * HOUR_S, "late_days": 2, **options},
        )  # fmt: skip


def run_dry(ingest: Ingest, blobs: BlobDir, after_s: float, **options: Any) -> int:
    return sum(run(ingest, blobs, after_s, **options) for _ in range(16))


def test_a_day_is_sealed_once_its_grace_is_over_as_canonical_text(
    ingest: Ingest, message: MakeMessage, blobs: BlobDir
) -> None:
    ingest.settle(
        message(("dev-1", 0.25, 612.5), ("dev-1", 300, 1 / 3), received_s=301.5),
        message(("dev-1", 60, float("nan")), quality=Quality.SENSOR_FAULT, received_s=61),
        message(("dev-1", 60, 1.5), metric=Metric.FLOW_LPS, received_s=61),
        message(("dev-1", 15 * HOUR_S, 600.0), received_s=15 * HOUR_S),  # 00:00 of the next day
    )
    assert run_dry(ingest, blobs, 20 * HOUR_S) == 0
    assert run_dry(ingest, blobs, 22 * HOUR_S) == 1
    ((device, day, version, count, digest),) = ingest.rows(SEGMENTS)
    assert (device, day, version, count) == (1, date(2026, 1, 5), 1, 4)
    content = blobs.read(digest)
    assert gzip.decompress(content).decode() == (
        "metric,measured_at,value,quality,received_at\n"
        "level_mm,2026-01-05T01:00:00.250000Z,612.5,good,2026-01-05T01:05:01.500000Z\n"
        "level_mm,2026-01-05T01:01:00.000000Z,,sensor_fault,2026-01-05T01:01:01.000000Z\n"
        "level_mm,2026-01-05T01:05:00.000000Z,0.3333333333333333,good,2026-01-05T01:05:01.500000Z\n"
        "flow_lps,2026-01-05T01:01:00.000000Z,1.5,good,2026-01-05T01:01:01.000000Z\n"
    )
    (segment,) = store.select_segments(ingest.connection, 1, day, day)
    line = json.loads(segment.line)
    assert line == {
        "device": "dev-1", "day": "2026-01-05", "version": 1, "sha256": digest,
        "byte_count": len(content), "row_count": 4,
    }  # fmt: skip
    (detail,) = ingest.rows("SELECT detail FROM audit_event WHERE action = 'readings.sealed'")
    assert detail[0] == {
        "day": "2026-01-05", "segment_count": 1, "row_count": 4,
        "root_hash": merkle.leaf_hash(segment.line).hex(),
    }  # fmt: skip


def test_late_readings_make_another_version_and_the_old_one_stays(
    ingest: Ingest, message: MakeMessage, blobs: BlobDir
) -> None:
    ingest.settle(message(("dev-1", 0, 600.0), ("dev-2", 0, 600.0), received_s=1))
    assert run_dry(ingest, blobs, 24 * HOUR_S) == 2
    ingest.settle(message(("dev-1", 60, 601.0), received_s=25 * HOUR_S))
    assert run_dry(ingest, blobs, 26 * HOUR_S) == 0, "it is looked at once a day"
    assert run_dry(ingest, blobs, 48 * HOUR_S) == 1
    first, second, other = ingest.rows(SEGMENTS)
    assert [row[:4] for row in (first, second, other)] == [
        (1, date(2026, 1, 5), 1, 1), (1, date(2026, 1, 5), 2, 2), (2, date(2026, 1, 5), 1, 1),
    ]  # fmt: skip
    assert sha256(blobs.read(first[4])).hexdigest() == first[4]
    assert gzip.decompress(blobs.read(second[4])).count(b"\n") == 3
    ingest.settle(message(("dev-1", 120, 602.0), received_s=49 * HOUR_S))
    assert run_dry(ingest, blobs, 24 * HOUR_S * 5) == 0, "its late days are over"


def test_it_goes_on_where_it_stopped_and_seals_many_together(
    ingest: Ingest, message: MakeMessage, blobs: BlobDir
) -> None:
    ingest.connection.execute(
        "INSERT INTO device (uid, gateway_id, trap_id, status, created_at, updated_at)"
        " SELECT 'more-' || n, 1, 1, 'active', now(), now() FROM generate_series(1, 10) AS n"
    )
    ingest.restart()
    ingest.settle(*(message((f"more-{n}", 0, 600.0 + n), received_s=1) for n in range(1, 11)))
    counts = [run(ingest, blobs, 24 * HOUR_S, device_count=5) for _ in range(4)]
    assert (counts, sum(counts)) == ([3, 5, 2, 0], 10)
    seals = ingest.rows("SELECT reading_seal_id, segment_count, root_hash FROM reading_seal")
    assert [row[1] for row in seals] == [3, 5, 2]
    for number, _count, root in seals:
        lines = [segment.line for segment in store.select_seal(ingest.connection, number)]
        assert root == merkle.root_of([merkle.leaf_hash(line) for line in lines])
    ledger = ingest.rows("SELECT count(*) FROM audit_event WHERE action = 'readings.sealed'")
    assert ledger == [(3,)]


def test_days_that_were_missed_are_made_up_for(
    ingest: Ingest, message: MakeMessage, blobs: BlobDir
) -> None:
    for day in range(10):
        ingest.settle(message(("dev-1", day * 24 * HOUR_S, 600.0), received_s=day * 24 * HOUR_S))
    assert run_dry(ingest, blobs, 24 * HOUR_S) == 1
    assert run_dry(ingest, blobs, 10 * 24 * HOUR_S) == 9
    days = [row[1] for row in ingest.rows(SEGMENTS)]
    assert days == [date(2026, 1, 5) + timedelta(days=n) for n in range(10)]
