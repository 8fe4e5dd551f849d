"""Windowed rules on the present: histories from the database, the same indicators as in replay.

One run works off the evaluation instants since the last one, so that nothing is skipped after a
pause; what is found late by that is recorded but pages nobody until it is seen again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from alerts import consequences, staleness, store
from alerts.circumstances.store import select_circumstances
from alerts.episode import Sample
from alerts.gate import NOTIFY_AGE_US, NotificationGate
from alerts.machines.machine import Machine
from alerts.machines.store import lock_alerts
from alerts.pump_outs.actions import record_draw_downs
from alerts.pump_outs.model import DrawDown
from alerts.rules.rulebook import RuleBook
from alerts.windowed import store as windowed_store
from alerts.windowed.digest import (
    day_start_us,
    days_between,
    digest,
    in_time_for_day,
)
from alerts.windowed.history import Instants, TrapHistory
from alerts.windowed.indicator import SETTLE_US, Cadence, WindowedRule, in_time_for_evaluation
from alerts.windowed.kinds.draw_down import DrawDownParameters, find_draw_downs
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import DAY_US, HOUR_US, from_us
from core.reading import Metric
from core.registry.model import DeviceEntry
from core.registry.store import select_devices

_TRAPS_AT_ONCE = 250
#: After a pause of the process, so many evaluation instants are worked off in one run.
_INSTANTS_MAX = {Cadence.FREQUENT: 36, Cadence.HOURLY: 24, Cadence.DAILY: 7}


@dataclass(frozen=True, slots=True)
class _Run:
    """What is evaluated in one go: a cadence's instants that are due, by the rules in force."""

    rulebook: RuleBook
    cadence: Cadence
    due: Sequence[int]
    now_us: int
    notify_age_us: int


@dataclass(frozen=True, slots=True)
class _Judged:
    """A machine that has something to follow."""

    machine: Machine
    samples: list[Sample]


def run_once(
    connection: Connection,
    now_us: int,
    *,
    cadence: Cadence,
    notify_age_us: int = NOTIFY_AGE_US,
) -> int:
    """Evaluate the instants of a cadence that are due at ``now_us``; return machines that moved."""
    if not try_lock(connection, AdvisoryLock.TIMER_WINDOWED):
        return 0
    settled_us = _settled_us(connection, cadence, now_us)
    cursor_us = windowed_store.select_cursor(connection, cadence)
    if cursor_us is None:
        cursor_us = settled_us - cadence.step_us
    due = list(cadence.instants(cursor_us, settled_us))[: _INSTANTS_MAX[cadence]]
    if not due:
        return 0
    rulebook = RuleBook(store.select_rules(connection), store.select_overrides(connection))
    run = _Run(rulebook, cadence, due, now_us, notify_age_us)
    moved = sum(_evaluate(connection, run, devices) for devices in _chunks(connection))
    windowed_store.advance_cursor(connection, cadence, due[-1])
    return moved


def _settled_us(connection: Connection, cadence: Cadence, now_us: int) -> int:
    """Return up to when everything is there that an evaluation looks at."""
    if cadence is Cadence.DAILY:  # its instants lie after the wait for stragglers
        return now_us
    digested_us = windowed_store.select_cursor(connection, Cadence.DAILY)
    if digested_us is None:
        return now_us - SETTLE_US
    # From the next daily instant on the digest of another day counts.
    return min(now_us - SETTLE_US, digested_us + DAY_US - 1)


def _chunks(connection: Connection) -> Iterator[list[DeviceEntry]]:
    after_id = 0
    while found := windowed_store.select_next_devices(connection, after_id, _TRAPS_AT_ONCE):
        yield list(select_devices(connection, [device_id for device_id, _ in found]))
        after_id = found[-1][1]


def _evaluate(connection: Connection, run: _Run, devices: Sequence[DeviceEntry]) -> int:
    due, cadence, now_us = run.due, run.cadence, run.now_us
    if cadence is Cadence.DAILY:
        histories = _digested(connection, devices, due, now_us)
    else:
        from_us_ = due[0] - cadence.look_back_us
        histories = windowed_store.select_histories(
            connection, devices, from_us_, due[-1], in_time_for_evaluation
        )
    if cadence is Cadence.HOURLY:
        _record_draw_downs(connection, histories, due[0], now_us)
    instants = np.array(due, dtype=np.int64)
    refs = [history.subject.ref for history in histories.values()]
    stored = windowed_store.select_machines(connection, "trap", refs)
    held = sorted(machine.alert_id for machine in stored.values() if machine.alert_id is not None)
    episodes = lock_alerts(connection, held)
    judged: list[_Judged] = []
    for history in histories.values():
        device = history.subject.device
        assert device is not None, "a history is made of what devices sent"
        for windowed in run.rulebook.windowed_rules(device):
            if windowed.indicator.cadence is not cadence:
                continue
            machine = Machine(windowed.compiled, history.subject)
            known = stored.get((windowed.compiled.code, "trap", history.subject.ref))
            if known is not None:
                known.resume(machine, episodes)
            samples = _samples(windowed, history, instants, now_us)
            if known is not None or _reaches(windowed, samples):
                judged.append(_Judged(machine, samples))
    return _follow(connection, run, judged)


def _samples(
    windowed: WindowedRule, history: TrapHistory, instants: Instants, now_us: int
) -> list[Sample]:
    values = windowed.indicator.indicate(history, instants, windowed.parameters)
    # An evaluation waits for stragglers; that wait does not make it late.
    waited_us = 0 if windowed.indicator.cadence is Cadence.DAILY else SETTLE_US
    return [
        Sample(at_us, value, max(now_us - waited_us, at_us))
        for at_us, value in zip(instants.tolist(), values.tolist(), strict=True)
        if not isnan(value)
    ]


def _reaches(windowed: WindowedRule, samples: Sequence[Sample]) -> bool:
    limit = windowed.compiled.worth_a_look_at
    if windowed.compiled.is_falling:
        return any(sample.value <= limit for sample in samples)
    return any(sample.value >= limit for sample in samples)


def _follow(connection: Connection, run: _Run, judged: Sequence[_Judged]) -> int:
    if not judged:
        return 0
    traps = {j.machine.subject.trap_id for j in judged if j.machine.subject.trap_id is not None}
    circumstances = select_circumstances(connection, traps, run.rulebook.rules, from_us(run.now_us))
    gate = NotificationGate(run.notify_age_us, circumstances)
    for item in judged:
        item.machine.follow(item.samples, gate)
        item.machine.tell_now(run.now_us, gate)
        if run.due[-1] - item.machine.state.last_us > item.machine.rule.stale_us:
            staleness.go_stale(item.machine, run.now_us)
    changed = [item.machine for item in judged if item.machine.is_changed]
    consequences.write_windowed(connection, changed, run.now_us)
    return len(changed)


def _digested(
    connection: Connection, devices: Sequence[DeviceEntry], due: Sequence[int], now_us: int
) -> dict[int, TrapHistory]:
    """Make the digests that are missing up to the last instant; return histories with them."""
    first_us = day_start_us(from_us(due[0]).date()) - 3 * DAY_US
    histories = windowed_store.select_histories(
        connection, devices, first_us, due[-1], in_time_for_day
    )
    fresh = []
    for trap_id, history in histories.items():
        days = list(history.days)
        known = {day.day for day in days}
        for day in days_between(first_us + DAY_US, due[-1]):
            if day not in known:
                made = digest(history, day, days)
                days.append(made)
                fresh.append((trap_id, made))
        histories[trap_id] = replace(history, days=days)
    if fresh:
        windowed_store.save_days(connection, fresh, from_us(now_us))
    return histories


def _record_draw_downs(
    connection: Connection, histories: dict[int, TrapHistory], first_us: int, now_us: int
) -> None:
    """File what the levels show beside the manifests, so that both find each other."""
    parameters = DrawDownParameters(hold_s=0, clear_hold_s=0)
    falls = [
        DrawDown(
            int(history.subject.ref), found.at_us, found.level_mm + found.drop_mm, found.level_mm
        )
        for history in histories.values()
        for found in find_draw_downs(
            history.of(Metric.LEVEL_MM), history.outlet_invert_mm, parameters
        )
        if found.at_us >= first_us - 6 * HOUR_US
        and found.refilled_mm >= parameters.refill_ratio * found.drop_mm
    ]
    record_draw_downs(connection, falls, from_us(now_us))
