"""Drops raw readings older than the retention time, whole chunks at a time."""

from datetime import timedelta

from alerts.timers import store
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int, *, retention_days: int) -> int:
    """Drop chunks that end before ``now_us - retention_days``; return how many.

    drop_chunks works on both editions; the Community edition's policies are not needed for it.
    Hourly roll-ups stay.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_RETENTION):
        return 0
    return store.drop_old_readings(connection, from_us(now_us) - timedelta(days=retention_days))
