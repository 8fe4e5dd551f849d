"""The present funnel: each restaurant's stage, and their counts, in tables for quick reading."""

from collections.abc import Callable
from datetime import datetime

from alerts.coverage import store
from core.db import Connection


def refresh(connection: Connection, now: datetime, monotonic_s: Callable[[], float]) -> None:
    """Compute every restaurant's stage as of ``now``; ``monotonic_s`` tells how long it took."""
    started_s = monotonic_s()
    heard = store.refresh_stages(connection, now)
    store.count_stages(connection)
    store.save_state(connection, heard, now, round((monotonic_s() - started_s) * 1000))
