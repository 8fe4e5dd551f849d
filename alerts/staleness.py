"""What ends or ages an episode without a reading: silence of its series, a rule or device gone.

Pure; rows 10 and 11 of the alert semantics. Staleness is judged by our clock: how long ago the
last live reading was *received*. It never fires and, unless the rule says so, never resolves.
"""

from dataclasses import replace

from alerts import flapping
from alerts.episode import AlertEvent
from alerts.flapping import NOTHING
from alerts.lifecycle import OK, Phase
from alerts.machines.machine import Machine
from core.instant import MINUTE_US, SECOND_US

#: The clock may prove a latched hold only while the device was heard within this many intervals,
#: and this long at least (select_due_series says the same in SQL).
_ALIVE_INTERVALS = 3
_ALIVE_US_MIN = 30 * MINUTE_US


def is_alive(heard_us: int, now_us: int, report_interval_s: float) -> bool:
    """Whether a device that was last heard at ``heard_us`` counts as alive."""
    limit_us = max(round(_ALIVE_INTERVALS * report_interval_s * SECOND_US), _ALIVE_US_MIN)
    return heard_us > now_us - limit_us


def stale_at_us(machine: Machine, received_us: int) -> int:
    """Return when a machine's data become stale, its last live reading received then."""
    return received_us + machine.rule.stale_us + 1  # longer ago than stale_us


def go_stale(machine: Machine, now_us: int) -> None:
    """Row 10: note on the open episode that its data stopped coming, and do what the rule says."""
    episode = machine.episode
    if episode is None or episode.is_stale:
        return
    episode.is_stale = True
    machine.is_changed = True
    episode.events.append(AlertEvent("stale", now_us))
    if machine.rule.rule.definition.on_stale == "resolve":
        _end(machine, now_us, "resolved", "alert.resolved")
        machine.memory = flapping.resolve(machine.memory, now_us)
        machine.last = episode


def close(machine: Machine, now_us: int) -> None:
    """Row 11: end what a machine holds because its rule or device is gone; that resolves nothing.

    Whoever was told of it is told that nobody watches it any more, which does not say that it is
    over.
    """
    if machine.episode is not None:
        _end(machine, now_us, "closed", "alert.closed")
    machine.state, machine.memory, machine.last = OK, NOTHING, None
    machine.is_changed = True


def _end(machine: Machine, now_us: int, event: str, notice: str | None) -> None:
    episode = machine.episode
    assert episode is not None, "only an open episode ends"
    last_seen_us = machine.state.last_us
    recovering = machine.state.phase is Phase.RECOVERING
    episode.ended_at_us = machine.state.clear_since_us if recovering else last_seen_us
    episode.is_flapping = False
    episode.events.append(AlertEvent(event, now_us, notice if episode.is_told else None))
    machine.ended.append(episode)
    machine.episode, machine.state = None, OK
    machine.memory = replace(machine.memory, is_flapping=False)
