"""Messages to people: what waits in a group is told together, what can wait not in quiet hours."""

from alerts.webhooks.grouping import store
from alerts.webhooks.grouping.digest import PAUSE, WAIT, digest, merged
from alerts.webhooks.quiet_hours import QuietHours
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int) -> int:
    """Tell the groups that are due at ``now_us``; return how many. One message goes as it is."""
    if not try_lock(connection, AdvisoryLock.TIMER_GROUPING):
        return 0
    now = from_us(now_us)
    store.delete_unwanted(connection)
    quiet_ids = [
        endpoint_id
        for endpoint_id, written in store.select_quiet_hours(connection)
        if QuietHours.parse(written).cover(now_us)
    ]
    if quiet_ids:
        store.hold_messages(connection, quiet_ids)
    groups = store.select_due_groups(connection, now - WAIT, now - PAUSE, quiet_ids)
    for group in groups:
        messages = store.take_messages(connection, group)
        if len(messages) == 1:
            store.insert_delivery(connection, group, messages[0][0], now)
        else:
            merge = merged if group.group_key == store.QUIET_KEY else digest
            made = merge([body for _, body in messages], group.seq, now)
            store.insert_digest(connection, group, made, now)
        store.note_told(connection, group, now)
    if groups:
        store.notify_relays(connection)
    return len(groups)
