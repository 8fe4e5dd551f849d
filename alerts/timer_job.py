"""Runs one timer: each run in a transaction of its own, on a connection of its own.

A run that fails is rolled back, counted and logged (once a reason, not once a run), and never
ends the process; the next run tries again. What a timer does stands in ``alerts.timers``; each of
those takes its cluster-wide lock itself, so any number of processes may run them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Counter, Histogram
from prometheus_client.registry import Collector

from core.clock import Clock
from core.database_link import UNAVAILABLE, DatabaseLink
from core.db import Connection
from core.log import get_logger

_log = get_logger("alerts.timers")

#: A timer is a problem once it has not succeeded for this many intervals, and this long at least.
_OVERDUE_INTERVALS = 5
_OVERDUE_S_MIN = 60.0

RunOnce = Callable[[Connection, int], int]


@dataclass(frozen=True, slots=True)
class Timer:
    """A duty: its name, its pause, and ``run_once(connection, now_us) -> things done``."""

    name: str
    interval_s: float
    run_once: RunOnce


class TimerMetrics:
    """Runs of all timers of a process, for Prometheus (docs/operations.md)."""

    def __init__(self) -> None:
        self.runs = Counter(
            "trapwatch_timer_runs", "Timer runs by result", ["timer", "result"], registry=None
        )
        self.done = Counter(
            "trapwatch_timer_done", "Things that timers did", ["timer"], registry=None
        )
        self.seconds = Histogram(
            "trapwatch_timer_seconds", "Duration of a timer run", ["timer"], registry=None
        )

    @property
    def collectors(self) -> list[Collector]:
        """Return everything for /metrics."""
        return [self.runs, self.done, self.seconds]


class TimerJob:
    """One timer of this process; ``run`` is called by one thread at a time."""

    def __init__(
        self, timer: Timer, link: DatabaseLink, clock: Clock, metrics: TimerMetrics
    ) -> None:
        self.timer = timer
        self._link = link
        self._clock = clock
        self._metrics = metrics
        self._succeeded_s = clock.monotonic_s()
        self._failure: str | None = None

    def run(self) -> None:
        """Do the duty once; never raises."""
        name = self.timer.name
        started_s = self._clock.monotonic_s()
        try:
            done = self._link.run(self._run_in_transaction)
        except UNAVAILABLE as error:  # the link has logged it
            self._failure = str(error)
            self._metrics.runs.labels(timer=name, result="database_unavailable").inc()
        except Exception as error:  # a defect in one timer must not stop the others
            self._note_defect(error)
            self._metrics.runs.labels(timer=name, result="failed").inc()
        else:
            if self._failure is not None:
                _log.info("timer_recovered", timer=name)
            self._failure = None
            self._succeeded_s = self._clock.monotonic_s()
            self._metrics.runs.labels(timer=name, result="ok").inc()
            self._metrics.done.labels(timer=name).inc(done)
        finally:
            elapsed_s = self._clock.monotonic_s() - started_s
            self._metrics.seconds.labels(timer=name).observe(elapsed_s)

    def problem(self) -> str | None:
        """Return why the process is not ready because of this timer; None: it is."""
        silent_s = self._clock.monotonic_s() - self._succeeded_s
        if silent_s <= max(_OVERDUE_S_MIN, _OVERDUE_INTERVALS * self.timer.interval_s):
            return None
        reason = self._failure or "still running or never started"
        return f"timer {self.timer.name} last succeeded {silent_s:.0f} s ago: {reason}"

    def close(self) -> None:
        """Give the connection back; the timer must not be running."""
        self._link.close()

    def _run_in_transaction(self, connection: Connection) -> int:
        with connection.transaction():
            return self.timer.run_once(connection, self._clock.now_us())

    def _note_defect(self, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        if reason != self._failure:
            _log.error("timer_failed", timer=self.timer.name, exc_info=error)
        self._failure = reason
