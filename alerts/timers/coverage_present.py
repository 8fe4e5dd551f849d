"""The present funnel, computed again and again, but never most of the time."""

from collections.abc import Callable
from datetime import timedelta

from alerts.coverage import present, store
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us

#: A run may take at most this share of the time.
_SHARE_MAX = 0.1


def run_once(
    connection: Connection, now_us: int, *, interval_s: float, monotonic_s: Callable[[], float]
) -> int:
    """Refresh the funnel if it is time; return 1 then.

    Where a run takes long (a province), the pause is ten times that.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_COVERAGE_PRESENT):
        return 0
    now = from_us(now_us)
    last = store.select_refreshed(connection)
    if last is not None:
        pause_s = max(interval_s, last.duration_ms / 1000 / _SHARE_MAX)
        if now < last.as_of + timedelta(seconds=pause_s):
            return 0
    present.refresh(connection, now, monotonic_s)
    return 1
