"""Readings of past days are sealed: some hundred devices a run, until every day is done."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from alerts.evidence.blobs import BlobDir
from alerts.evidence.segments import sealing
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us

#: Devices that one run looks at: two seconds of work where all of them have readings to seal.
DEVICE_COUNT = 250


def run_once(
    connection: Connection,
    now_us: int,
    *,
    blobs: BlobDir,
    zone: ZoneInfo,
    grace_s: int,
    late_days: int,
    device_count: int = DEVICE_COUNT,
) -> int:
    """Seal the next devices of a day that is due; return how many files were sealed."""
    if not try_lock(connection, AdvisoryLock.TIMER_SEALING):
        return 0
    now = from_us(now_us)
    grace = timedelta(seconds=grace_s)
    look = sealing.next_look(connection, now, zone, grace, late_days)
    if look is None:
        return 0
    return sealing.seal_some(connection, blobs, look, zone=zone, count_max=device_count, now=now)
