"""Open alerts whose rule, device, trap or sewer is gone: closed, which does not say resolved."""

from alerts import standing
from alerts.standing import Closing
from alerts.timers import store
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us

#: Whoever else follows alerts without a series; a run begins when all of them rest.
_FOLLOWERS = (
    AdvisoryLock.TIMER_CLOSING,
    AdvisoryLock.TIMER_WINDOWED,
    AdvisoryLock.TIMER_CLUSTER,
    AdvisoryLock.TIMER_DEVICE_OFFLINE,
)


def run_once(connection: Connection, now_us: int) -> int:
    """Close what nobody watches any more and forget its machines; return how many of both.

    A series that a worker holds right now is left for the next run.
    """
    if not all(try_lock(connection, lock) for lock in _FOLLOWERS):
        return 0
    unwatched = store.select_unwatched(connection, now_us)
    series = {alert.series for alert in unwatched if alert.series is not None}
    held = set(store.lock_series(connection, series | store.select_orphans(connection)))
    closings = [
        Closing(alert.alert_id, alert.judged_to, alert.reason)
        for alert in unwatched
        if alert.series is None or alert.series in held
    ]
    closed = standing.close_alerts(connection, closings, from_us(now_us))
    return closed + store.delete_orphans(connection, held)
