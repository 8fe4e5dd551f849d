"""Drops what is older than it is kept: raw readings (whole chunks) and stored answers."""

from datetime import timedelta

from alerts.timers import store
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us

#: Answers to requests that carried an Idempotency-Key.
_ANSWERS_KEPT = timedelta(days=1)


def run_once(connection: Connection, now_us: int, *, retention_days: int) -> int:
    """Drop chunks that end before ``now_us - retention_days``; return how many.

    drop_chunks works on both editions; the Community edition's policies are not needed for it.
    Hourly roll-ups stay.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_RETENTION):
        return 0
    now = from_us(now_us)
    store.delete_old_answers(connection, now - _ANSWERS_KEPT)
    return store.drop_old_readings(connection, now - timedelta(days=retention_days))
