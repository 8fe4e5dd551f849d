"""Alerts of orange and red that still fire and that nobody has in hand: people are reminded."""

from alerts import standing
from alerts.escalation import store
from alerts.escalation.steps import REMIND_AFTER_US
from alerts.webhooks.outbox import AlertNotice
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int) -> int:
    """Remind people of what they heard of last too long ago; return of how many alerts.

    After an outage of ours they are reminded once. What a silence covers waits for its end.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_REPEAT):
        return 0
    now = from_us(now_us)
    unheeded = store.lock_unheeded(connection, from_us(now_us - REMIND_AFTER_US))
    due = standing.unsuppressed(connection, unheeded, now)
    if due:
        seq_of = standing.append(connection, "repeated", {number: {} for number in due}, now)
        notices = [AlertNotice("alert.repeated", number, seq) for number, seq in seq_of.items()]
        standing.tell(connection, notices, now)
    return len(due)
