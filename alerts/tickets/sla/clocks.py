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
the limit is one. Rework keeps the due time. A reopening leaves what was left at the closing; where
nothing was, the due time is the reopening itself. The due time belongs to the time given. A breach
is written once, with the due time that was missed, and stays whatever happens later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from alerts.tickets.sla.policy import ClockKind, Limit, Terms, Unit
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

    ``due_us`` and ``span_us`` None: not known, because the calendar of that year is not.
    ``span_us`` is the time given, ``left_us`` what was left of it when it was paused; both are
    working time where the limit is. ``step`` escalations are done, the next is after ``step_us``.
    """

    kind: ClockKind
    round: int
    limit: Limit
    policy_version: str
    calendar_version: str
    started_us: int
    due_us: int | None = None
    span_us: int | None = None
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


class Told(NamedTuple):
    """An escalation that came due: of which clock, as it was then, and which one."""

    clock: Clock
    step: int


@dataclass(frozen=True, slots=True)
class Timekeeper:
    """Winds the clocks of a ticket by its terms.

    ``is_lenient``: a due time in a year without a calendar stays open instead of raising; for acts
    of the system, which must not fail because of it.
    """

    terms: Terms
    working: WorkingTime
    is_lenient: bool = False

    def wind(
        self,
        clocks: Sequence[Clock],
        now_us: int,
        action: str | None = None,
        closed_us: int | None = None,
    ) -> tuple[list[Clock], list[Told]]:
        """Return the clocks as of now, after an action, and the escalations that came due before.

        ``closed_us``: when the ticket that is reopened was closed.

        Raises: UnknownCalendarYearError, unless lenient.
        """
        told: list[Told] = []
        current = [self._advance(clock, now_us, told) for clock in clocks]
        return self._act(current, action or "", now_us, closed_us), told

    def recompute(self, clock: Clock, now_us: int) -> Clock:
        """Return a running clock with a due time by these terms instead of those it was given.

        What it was paused or closed for stays uncounted. Where minutes became working time or the
        reverse, such a span cannot be told any more: then it is counted anew from now.

        Raises: UnknownCalendarYearError, unless lenient.
        """
        fresh = self._with_due(clock)
        if clock.due_us is None or clock.span_us is None or fresh.span_us is None:
            return fresh
        if self._span(clock.limit, clock.started_us, clock.due_us) == clock.span_us:
            return fresh
        if (clock.limit.unit is Unit.MINUTE) is not (fresh.limit.unit is Unit.MINUTE):
            return self._with_due(replace(clock, started_us=now_us))
        left_us = self._span(clock.limit, now_us, clock.due_us)
        late_us = self._span(clock.limit, clock.due_us, now_us)
        more_us = fresh.span_us - clock.span_us + left_us - late_us
        return self._plan(replace(fresh, due_us=self._after(fresh.limit, now_us, more_us)))

    def _act(
        self, clocks: list[Clock], action: str, now_us: int, closed_us: int | None
    ) -> list[Clock]:
        match action:
            case "suspend":
                return [self._pause(clock, now_us) for clock in clocks]
            case "resume":
                return [self._resume(clock, now_us) for clock in clocks]
            case "rework":
                clocks = [self._go_on(c) if c.kind is K.RESOLVE else c for c in clocks]
            case "reopen":
                since_us = now_us if closed_us is None else closed_us
                clocks = [
                    self._reopen(c, since_us, now_us) if c.kind is K.RESOLVE else c for c in clocks
                ]
        stops = _STOPS.get(action, ())
        after = [_stop(c, now_us) if c.kind in stops else c for c in clocks]
        if action in _ENDING:
            after = [_void(c, now_us) for c in after]
        known = {clock.kind for clock in after}
        starting = [k for k in _STARTS.get(action, ()) if k not in _ONCE or k not in known]
        return after + [self._start(kind, after, now_us) for kind in starting]

    def _start(self, kind: ClockKind, clocks: Sequence[Clock], now_us: int) -> Clock:
        number = 1 + sum(other.kind is kind for other in clocks)
        limit, version = self.terms.limits.of(kind), self.terms.version
        return self._with_due(
            Clock(kind, number, limit, version, self.working.calendar.version, now_us)
        )

    def _with_due(self, clock: Clock) -> Clock:
        """Return a clock with its due time counted from its start, by these terms."""
        limit = self.terms.limits.of(clock.kind)
        clock = replace(
            clock,
            limit=limit,
            policy_version=self.terms.version,
            calendar_version=self.working.calendar.version,
        )
        try:
            due_us = self._due(limit, clock.started_us)
            span_us = self._span(limit, clock.started_us, due_us)
        except UnknownCalendarYearError:
            if not self.is_lenient:
                raise
            return replace(clock, due_us=None, span_us=None, step_us=None)
        return self._plan(replace(clock, due_us=due_us, span_us=span_us))

    def _advance(self, clock: Clock, now_us: int, told: list[Told]) -> Clock:
        """Return a clock as of now; what came due meanwhile is added to ``told``."""
        if clock.state is not ClockState.RUNNING:
            return clock
        if clock.due_us is None:
            # Nobody's act fails because of what could not be known when another one started it.
            clock = replace(self, is_lenient=True)._with_due(clock)
        while clock.step_us is not None and clock.step_us < now_us:
            step = clock.step
            if self.terms.escalations[step].at >= 1.0:
                clock = _breach(clock)
            told.append(Told(clock, step))
            clock = self._plan(replace(clock, step=step + 1))
        return clock

    def _plan(self, clock: Clock) -> Clock:
        """Return a clock with the time of its next escalation."""
        if clock.due_us is None or clock.span_us is None:
            return replace(clock, step_us=None)
        if clock.step >= len(self.terms.escalations):
            return replace(clock, step_us=None)
        share = self.terms.escalations[clock.step].at
        if share == 1.0:
            return replace(clock, step_us=clock.due_us)
        # Counted from the due time: time in which it did not run lies before that.
        away_us = round((share - 1.0) * clock.span_us)
        try:
            return replace(clock, step_us=self._after(clock.limit, clock.due_us, away_us))
        except UnknownCalendarYearError:
            # Too far ahead to be known yet; nobody is told rather than at a wrong time.
            return replace(clock, step_us=None)

    def _due(self, limit: Limit, start_us: int) -> int:
        match limit.unit:
            case Unit.MINUTE:
                return start_us + limit.amount * MINUTE_US
            case Unit.WORKING_HOUR:
                return self.working.add(start_us, limit.amount * HOUR_US)
            case Unit.WORKING_DAY:
                return self.working.close_of_business(start_us, limit.amount)

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
        left_us = None if clock.due_us is None else self._span(clock.limit, now_us, clock.due_us)
        return replace(clock, state=ClockState.PAUSED, left_us=left_us, step_us=None)

    def _resume(self, clock: Clock, now_us: int) -> Clock:
        if clock.state is not ClockState.PAUSED:
            return clock
        left_us = clock.left_us
        clock = replace(clock, state=ClockState.RUNNING, left_us=None)
        if left_us is None:  # what was left is not known: counted anew
            return self._with_due(replace(clock, started_us=now_us))
        if left_us > 0:
            clock = replace(clock, due_us=self._after(clock.limit, now_us, left_us))
        return self._plan(clock)

    def _go_on(self, clock: Clock) -> Clock:
        return self._plan(replace(clock, state=ClockState.RUNNING, stopped_us=None))

    def _reopen(self, clock: Clock, closed_us: int, now_us: int) -> Clock:
        clock = self._go_on(clock)
        if clock.due_us is None:
            return self._with_due(replace(clock, started_us=now_us))
        if clock.breached_us is not None:
            return clock
        left_us = self._span(clock.limit, closed_us, clock.due_us)
        due_us = self._after(clock.limit, now_us, left_us) if left_us > 0 else now_us
        return self._plan(replace(clock, due_us=due_us))


def _stop(clock: Clock, now_us: int) -> Clock:
    if clock.state is not ClockState.RUNNING:
        return clock
    return replace(clock, state=ClockState.STOPPED, stopped_us=now_us, step_us=None)


def _void(clock: Clock, now_us: int) -> Clock:
    if clock.state not in {ClockState.RUNNING, ClockState.PAUSED}:
        return clock
    return replace(clock, state=ClockState.VOID, stopped_us=now_us, step_us=None, left_us=None)


def _breach(clock: Clock) -> Clock:
    return clock if clock.breached_us is not None else replace(clock, breached_us=clock.due_us)
