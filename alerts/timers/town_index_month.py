"""Freezes the towns' index of a month once that month's coverage is frozen."""

from alerts.town_index import index, store
from alerts.town_index.tree import Tree
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int, *, tree: Tree) -> int:
    """Freeze the months that are due; return how many."""
    if not try_lock(connection, AdvisoryLock.TIMER_TOWN_INDEX):
        return 0
    months = store.select_frozen_months(connection)
    for month in months:
        index.freeze(
            connection,
            tree,
            month,
            reason="the month is over",
            actor=index.SYSTEM,
            now=from_us(now_us),
        )
    return len(months)
