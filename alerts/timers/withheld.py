"""Alerts that were kept from people and still fire when that ends: they are told now, late.

A reading does this too; the timer is for those that have none to come: a cover that stays open,
a device that is silent, a window that ends long before the next report. What fired on old data
stays untold until a fresh reading says so.
"""

from collections.abc import Collection, Sequence

from alerts import consequences, standing
from alerts.gate import NOTIFY_AGE_US
from alerts.machines.store import SeriesKey
from alerts.suppression.model import suppressor_of
from alerts.suppression.store import select_suppressions, select_targets
from alerts.timers import store
from alerts.timers.resume import resume_machines
from alerts.timers.store import WithheldAlert
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int, *, notify_age_us: int = NOTIFY_AGE_US) -> int:
    """Tell what nothing keeps from people any more at ``now_us``; return how many alerts."""
    if not try_lock(connection, AdvisoryLock.TIMER_WITHHELD):
        return 0
    freed = _freed(connection, store.select_withheld(connection), now_us)
    series = {alert.series for alert in freed if alert.series is not None}
    alone = [alert.alert_id for alert in freed if alert.series is None]
    told = _tell_followed(connection, series, now_us, notify_age_us) if series else 0
    return told + standing.release_alerts(connection, alone, from_us(now_us))


def _freed(
    connection: Connection, withheld: Sequence[WithheldAlert], now_us: int
) -> list[WithheldAlert]:
    """Return those that no person's word keeps; looked at without a lock, to hold up nobody."""
    if not withheld:
        return []
    suppressions = select_suppressions(connection, from_us(now_us))
    targets = select_targets(connection, [alert.alert_id for alert in withheld])
    return [
        alert
        for alert in withheld
        if suppressor_of(targets[alert.alert_id], now_us, suppressions) is None
    ]


def _tell_followed(
    connection: Connection, series: Collection[SeriesKey], now_us: int, notify_age_us: int
) -> int:
    """Let machines tell; a series that a worker holds right now is left for the next run."""
    held = set(store.lock_series(connection, series))
    if not held:
        return 0
    resumed = resume_machines(connection, held)
    gate = resumed.gate(connection, now_us, notify_age_us)
    for machine in resumed.machines:
        machine.tell_now(now_us, gate)
    told = [machine for machine in resumed.machines if machine.is_changed]
    consequences.write(connection, told, now_us)
    return len(told)
