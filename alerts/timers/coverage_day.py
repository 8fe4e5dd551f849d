"""Freezes each county day of coverage once it is over, and the month with its last day."""

from datetime import timedelta

from alerts.coverage import freezing, store
from alerts.coverage.model import Span, local_today
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int, *, grace_s: int) -> int:
    """Freeze one day that is due; return how many were frozen (0 or 1).

    ``grace_s`` after midnight what is still under way has come. One a run: after an outage of ours
    each day is a transaction of its own.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_COVERAGE_DAY):
        return 0
    now = from_us(now_us)
    if store.select_refreshed(connection) is None:
        return 0
    days = freezing.due_days(store.select_newest_day(connection), local_today(now))
    if not days or now < Span.of_day(days[0]).ends_at + timedelta(seconds=grace_s):
        return 0
    freezing.freeze_day(connection, days[0], now)
    return 1
