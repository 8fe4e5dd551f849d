"""Readings that came late: what they change about the episodes on record, told to nobody."""

from datetime import timedelta
from typing import Any

from alerts import consequences, standing
from alerts import store as alert_store
from alerts.late import store
from alerts.late.corrections import AROUND_US, Corrections, Move, Window, correct
from alerts.late.store import LateSpan
from alerts.machines.machine import Machine
from alerts.machines.store import lock_alerts
from alerts.replays.streaming import follow_samples
from alerts.rules.rulebook import RuleBook
from alerts.timers.store import lock_series
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import format_rfc3339, from_us
from core.registry.store import select_devices

#: A burst of late readings is looked at when it is over, and after this long in any case.
_QUIET = timedelta(minutes=1)
_WAIT = timedelta(minutes=15)
_SERIES_AT_ONCE = 200


def run_once(connection: Connection, now_us: int) -> int:
    """Look at what came late; return how many episodes were corrected or added.

    A series that a worker holds right now is left for the next run.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_LATE_DATA):
        return 0
    now = from_us(now_us)
    spans = store.select_spans(connection, now - _QUIET, now - _WAIT, _SERIES_AT_ONCE)
    held = set(lock_series(connection, [(s.device_id, s.metric) for s in spans])) if spans else ()
    spans = [span for span in spans if (span.device_id, span.metric) in held]
    if not spans:
        return 0
    rulebook = RuleBook(
        alert_store.select_rules(connection), alert_store.select_overrides(connection)
    )
    for device in select_devices(connection, sorted({span.device_id for span in spans})):
        rulebook.put(device)
    done = 0
    for span in spans:
        found = _corrections(connection, rulebook, span)
        _write(connection, found, now_us)
        store.delete_spans(connection, span, now)
        done += len(found.moves) + len(found.missed)
    return done


def _corrections(connection: Connection, rulebook: RuleBook, span: LateSpan) -> Corrections:
    subject = rulebook.subject_of(span.device_id)
    rules = rulebook.rules_of(span.device_id, span.metric)
    from_us_ = span.from_us - AROUND_US
    to_us_ = min(span.to_us + AROUND_US, span.judged_to_us)
    samples = store.select_samples(connection, span, from_us_, to_us_) if rules else None
    if subject is None or samples is None or not len(samples.at_us):
        return Corrections([], [])
    replayed = [
        episode
        for rule in rules
        for episode in follow_samples(Machine(rule, subject), samples, lambda *_: "late")
    ]
    window = Window(int(samples.at_us[0]), span.from_us, span.to_us)
    on_record = store.select_on_record(connection, span, from_us_, to_us_)
    return correct(on_record, replayed, window)


def _write(connection: Connection, found: Corrections, now_us: int) -> None:
    if found.moves:
        lock_alerts(connection, sorted(move.record.alert_id for move in found.moves))
        for move in found.moves:
            store.move_alert(connection, move)
        details = {move.record.alert_id: _detail(move) for move in found.moves}
        standing.append(connection, "corrected", details, from_us(now_us))
    for episode in found.missed:
        episode.is_backfilled = True
    consequences.store_episodes(connection, found.missed, now_us)


def _detail(move: Move) -> dict[str, Any]:
    """Return what was and what is."""
    detail: dict[str, Any] = {"reason": "late readings"}
    if move.started_us != move.record.started_us:
        detail["started_at"] = [_time(move.record.started_us), _time(move.started_us)]
    if move.ended_us != move.record.ended_us:
        detail["ended_at"] = [_time(move.record.ended_us), _time(move.ended_us)]
    return detail


def _time(at_us: int | None) -> str | None:
    return None if at_us is None else format_rfc3339(at_us)
