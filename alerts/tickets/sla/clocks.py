"""The clocks of a ticket: what starts, pauses, stops and starts them again. Pure.

=========  =======================================  ==============================================
clock      starts at                                stops at
=========  =======================================  ==============================================
accept     the opening                              accept, reject, merge
dispatch   accept; a return (a new one)             dispatch, force_dispatch
respond    the first dispatch                       start
resolve    the first dispatch                       report, sensor_clear; goes on at rework, reopen
verify     each report (a new one)                  close, auto_close, rework
=========  =======================================  ==============================================

A return neither stops nor restarts respond and resolve: sending a ticket to and fro gains nobody
time. Only ``suspend`` pauses, and what was left then is left at ``resume``, in working time where
the limit is one. Rework keeps the due time; a reopening moves it by the time the ticket was closed.
A breach is written once, with the due time that was missed, and stays whatever happens later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from alerts.tickets.sla.policy import ClockKind, Limit, Limits, Policy, Unit
from alerts.tickets.sla.working_time import WorkingTime
from core.errors import UnknownCalendarYearError
from core.instant import HOUR_US, MINUTE_US

K = ClockKind


class ClockState(StrEnum):
    """Whether a clock runs."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"  # the duty was done
    VOID = "void"  # the ticket ended without it


@dataclass(frozen=True, slots=True)
class Clock:
    """One duty's clock; ``round`` counts the clocks of its kind from 1.

    ``due_us`` None: not known, because the calendar of that year is not. ``step`` escalations are
    done, the next is at ``step_us``. ``left_us`` is what was left when it was paused.
    """

    kind: ClockKind
    round: int
    limit: Limit
    policy_version: str
    calendar_version: str
    started_us: int
    due_us: int | None
    state: ClockState = ClockState.RUNNING
    step: int = 0
    step_us: int | None = None
    left_us: int | None = None
    stopped_us: int | None = None
    breached_us: int | None = None


#: What an action starts and stops. Stopping comes first.
_STOPS = {
    "accept": (K.ACCEPT,),
    "reject": (K.ACCEPT,),
    "merge": (K.ACCEPT,),
    "dispatch": (K.DISPATCH,),
    "force_dispatch": (K.DISPATCH,),
    "start": (K.RESPOND,),
    "report": (K.RESOLVE,),
    "sensor_clear": (K.RESOLVE,),
    "close": (K.VERIFY,),
    "auto_close": (K.VERIFY,),
    "rework": (K.VERIFY,),
}
_STARTS = {
    "open": (K.ACCEPT,),
    "accept": (K.DISPATCH,),
    "return": (K.DISPATCH,),
    "dispatch": (K.RESPOND, K.RESOLVE),
    "force_dispatch": (K.RESPOND, K.RESOLVE),
    "report": (K.VERIFY,),
    "sensor_clear": (K.VERIFY,),
}
#: Duties that are given once; the others are given anew each time.
_ONCE = {K.ACCEPT, K.RESPOND, K.RESOLVE}
_ENDING = {"reject", "merge", "cancel", "close", "auto_close"}


@dataclass(frozen=True, slots=True)
class Timekeeper:
    """Applies actions to the clocks of a ticket.

    ``is_lenient``: a due time in a year without a calendar stays open instead of raising; for acts
    of the system, which must not fail because of it.
    """

    policy: Policy
    limits: Limits
    working: WorkingTime
    is_lenient: bool = False

    def apply(
        self, clocks: Sequence[Clock], action: str, now_us: int, closed_us: int | None = None
    ) -> list[Clock]:
        """Return the clocks after an action; ``closed_us``: when a reopened ticket was closed.

        Raises: UnknownCalendarYearError, unless lenient.
        """
        if action == "suspend":
            return [self._pause(clock, now_us) for clock in clocks]
        if action == "resume":
            return [self._resume(clock, now_us) for clock in clocks]
        stops = _STOPS.get(action, ())
        after = [_stop(c, now_us) if c.kind in stops else c for c in clocks]
        if action == "rework":
            after = [self._go_on(c, 0) if c.kind is K.RESOLVE else c for c in after]
        if action == "reopen":
            away_us = now_us - (now_us if closed_us is None else closed_us)
            after = [self._go_on(c, away_us) if c.kind is K.RESOLVE else c for c in after]
        if action in _ENDING:
            after = [_void(c, now_us) for c in after]
        known = {clock.kind for clock in after}
        starting = [k for k in _STARTS.get(action, ()) if k not in _ONCE or k not in known]
        return after + [self.start(kind, after, now_us) for kind in starting]

    def start(self, kind: ClockKind, clocks: Sequence[Clock], now_us: int) -> Clock:
        """Return a new clock of a kind that starts now."""
        clock = Clock(
            kind,
            1 + sum(other.kind is kind for other in clocks),
            self.limits.of(kind),
            self.policy.version,
            self.working.calendar.version,
            now_us,
            None,
        )
        return self.set_due(clock)

    def set_due(self, clock: Clock) -> Clock:
        """Return a clock with its due time computed from its start, by these limits.

        Raises: UnknownCalendarYearError, unless lenient.
        """
        limit = self.limits.of(clock.kind)
        clock = replace(
            clock,
            limit=limit,
            policy_version=self.policy.version,
            calendar_version=self.working.calendar.version,
        )
        try:
            return self._plan(replace(clock, due_us=self._due(limit, clock.started_us)))
        except UnknownCalendarYearError:
            if not self.is_lenient:
                raise
            return replace(clock, due_us=None, step_us=None)

    def advance(self, clock: Clock, now_us: int) -> tuple[Clock, list[int]]:
        """Return a running clock after the escalations that are due, and their indices."""
        done: list[int] = []
        while clock.step_us is not None and clock.step_us <= now_us:
            done.append(clock.step)
            if self.policy.escalations[clock.step].at >= 1.0:
                clock = _breach(clock)
            clock = self._plan(replace(clock, step=clock.step + 1))
        return clock, done

    def _due(self, limit: Limit, start_us: int) -> int:
        match limit.unit:
            case Unit.MINUTE:
                return start_us + limit.amount * MINUTE_US
            case Unit.WORKING_HOUR:
                return self.working.add(start_us, limit.amount * HOUR_US)
            case Unit.WORKING_DAY:
                return self.working.close_of_business(start_us, limit.amount)

    def _plan(self, clock: Clock) -> Clock:
        """Return a clock with the time of its next escalation."""
        if clock.due_us is None or clock.step >= len(self.policy.escalations):
            return replace(clock, step_us=None)
        share = self.policy.escalations[clock.step].at
        if share == 1.0:
            return replace(clock, step_us=clock.due_us)
        span_us = self._span(clock.limit, clock.started_us, clock.due_us)
        try:
            step_us = self._after(clock.limit, clock.started_us, round(span_us * share))
        except UnknownCalendarYearError:
            # Too far ahead to be known yet; nobody is told rather than at a wrong time.
            step_us = None
        return replace(clock, step_us=step_us)

    def _span(self, limit: Limit, from_us: int, to_us: int) -> int:
        if limit.unit is Unit.MINUTE:
            return max(to_us - from_us, 0)
        return self.working.between(from_us, to_us)

    def _after(self, limit: Limit, from_us: int, amount_us: int) -> int:
        if limit.unit is Unit.MINUTE:
            return from_us + amount_us
        return self.working.add(from_us, amount_us)

    def _pause(self, clock: Clock, now_us: int) -> Clock:
        if clock.state is not ClockState.RUNNING:
            return clock
        clock = _noted(clock, now_us)
        left_us = None if clock.due_us is None else self._span(clock.limit, now_us, clock.due_us)
        return replace(clock, state=ClockState.PAUSED, left_us=left_us, step_us=None)

    def _resume(self, clock: Clock, now_us: int) -> Clock:
        if clock.state is not ClockState.PAUSED:
            return clock
        due_us = clock.due_us
        if clock.left_us and due_us is not None:
            due_us = self._after(clock.limit, now_us, clock.left_us)
        return self._plan(replace(clock, state=ClockState.RUNNING, due_us=due_us, left_us=None))

    def _go_on(self, clock: Clock, moved_us: int) -> Clock:
        due_us = None if clock.due_us is None else clock.due_us + moved_us
        return self._plan(replace(clock, state=ClockState.RUNNING, due_us=due_us, stopped_us=None))


def _stop(clock: Clock, now_us: int) -> Clock:
    if clock.state is not ClockState.RUNNING:
        return clock
    return replace(_noted(clock, now_us), state=ClockState.STOPPED, stopped_us=now_us, step_us=None)


def _void(clock: Clock, now_us: int) -> Clock:
    if clock.state not in {ClockState.RUNNING, ClockState.PAUSED}:
        return clock
    if clock.state is ClockState.RUNNING:
        clock = _noted(clock, now_us)
    return replace(clock, state=ClockState.VOID, stopped_us=now_us, step_us=None, left_us=None)


def _noted(clock: Clock, now_us: int) -> Clock:
    """Note a breach that no timer has come to yet."""
    is_late = clock.due_us is not None and now_us > clock.due_us
    return _breach(clock) if is_late else clock


def _breach(clock: Clock) -> Clock:
    return clock if clock.breached_us is not None else replace(clock, breached_us=clock.due_us)
