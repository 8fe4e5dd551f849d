"""Open alerts whose data stopped coming: noted on them, and what their rule says then.

Rules over windows are looked at where they are evaluated (alerts/timers/windowed.py).
"""

from alerts import consequences, staleness
from alerts.machines.machine import Machine
from alerts.timers import store
from alerts.timers.resume import resume_machines
from alerts.timers.store import Heard
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import MINUTE_US, from_us, to_us

#: Nobody looks closer than this.
_QUIET_US_MIN = MINUTE_US


def run_once(connection: Connection, now_us: int) -> int:
    """Note what has become stale at ``now_us``; return how many alerts.

    Does nothing while no ingest worker listens and keeps up: then the silence is ours. A series
    that a worker holds right now is just being heard.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_STALENESS):
        return 0
    listening_since = store.select_listening_since(connection, from_us(now_us))
    quiet_since = from_us(now_us - _QUIET_US_MIN)
    quiet = store.select_quiet_series(connection, quiet_since)
    if listening_since is None or not quiet:
        return 0
    held = set(store.lock_series(connection, quiet))
    heard = store.select_quiet_series(connection, quiet_since)  # as it stands now that it is held
    machines = resume_machines(connection, held & heard.keys()).machines
    for machine in machines:
        received_us = max(_received_us(machine, heard), to_us(listening_since))
        if staleness.stale_at_us(machine, received_us) <= now_us:
            staleness.go_stale(machine, now_us)
    stale = [machine for machine in machines if machine.is_changed]
    consequences.write(connection, stale, now_us)
    return len(stale)


def _received_us(machine: Machine, heard: dict[tuple[int, int], Heard]) -> int:
    """Return when a machine's data were last received; a latched state needs no repeating."""
    device_id, metric = machine.subject.device_id, machine.rule.metric
    assert device_id is not None, "streaming machines follow a series"
    assert metric is not None, "streaming machines follow a series"
    found = heard[device_id, metric]
    return found.device_us if machine.rule.timing.latched else found.series_us
