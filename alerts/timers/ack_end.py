"""Acknowledgements that were for a time: what has run out is written down, and escalates again."""

from alerts.acknowledgement import actions
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int) -> int:
    """End acknowledgements whose time is over at ``now_us``; return how many."""
    if not try_lock(connection, AdvisoryLock.TIMER_ACK_END):
        return 0
    return actions.end_run_out(connection, from_us(now_us))
