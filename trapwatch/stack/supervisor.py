"""Keeps servers and processes running until told to stop, then stops them in order.

Members are started one after the other and stopped in reverse order of their groups: processes
together, then the broker, then the database.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from trapwatch.stack.child import Child
from trapwatch.stack.errors import StackError
from trapwatch.stack.log_tail import rotate, tail
from trapwatch.stack.restart_policy import RestartPolicy

_TICK_S = 0.2
# Wrong settings or usage (trapwatch.commands.process): trying again cannot help.
_EXIT_REFUSED = 2
_LOG_CHECK_S = 30.0
_CHILD_PATIENCE_S = 15.0
_HURRIED_PATIENCE_S = 1.0

Report = Callable[[str], None]


class Member(Protocol):
    """What the supervisor needs of a server or process."""

    @property
    def name(self) -> str:
        """How people call it."""

    @property
    def log(self) -> Path:
        """Where its output goes."""

    def start(self) -> None:
        """Start it."""

    def poll(self) -> int | None:
        """Return its exit code if it ended by itself."""


@dataclass(slots=True)
class _Watched:
    member: Member
    started_at: float
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    restart_at: float | None = None


class Supervisor:
    """Restarts what ends by itself, with growing pauses; single-threaded."""

    def __init__(self, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; ``report`` is told every end and restart, ``clock`` gives seconds."""
        self._report = report
        self._clock = clock
        self._watched: list[_Watched] = []
        self._logs_checked_at = clock()

    def watch(self, member: Member) -> None:
        """Take over a member that was just started."""
        self._watched.append(_Watched(member, self._clock()))

    def run(self, until: Callable[[], bool]) -> None:
        """Watch until ``until`` says so.

        Raises: StackError: a member keeps ending quickly or refuses its settings; the message has
        the end of its log.
        """
        while not until():
            self.tick()
            time.sleep(_TICK_S)

    def tick(self) -> None:
        """Look at every member once.

        Raises: StackError: as `run`.
        """
        for watched in self._watched:
            self._look_at(watched)
        now = self._clock()
        if now - self._logs_checked_at >= _LOG_CHECK_S:
            self._logs_checked_at = now
            for watched in self._watched:
                rotate(watched.member.log)

    def _look_at(self, watched: _Watched) -> None:
        now = self._clock()
        if watched.restart_at is not None:
            if now >= watched.restart_at:
                self._restart(watched)
            return
        code = watched.member.poll()
        if code == _EXIT_REFUSED:
            raise StackError(f"{watched.member.name} refuses to start:\n{tail(watched.member.log)}")
        if code is not None:
            self._ended(watched, f"ended by itself ({_exit(code)})")

    def _restart(self, watched: _Watched) -> None:
        watched.restart_at = None
        watched.started_at = self._clock()
        try:
            watched.member.start()
        except StackError as error:
            self._ended(watched, f"did not start again: {error}")
            return
        self._report(f"{watched.member.name} started again")

    def _ended(self, watched: _Watched, what: str) -> None:
        now = self._clock()
        watched.policy, delay_s = watched.policy.after_end(now - watched.started_at)
        member = watched.member
        if delay_s is None:
            raise StackError(
                f"{member.name} {what}, {watched.policy.quick_ends + 1} times in a row; "
                f"{member.log} ends with:\n{tail(member.log)}"
            )
        watched.restart_at = now + delay_s
        self._report(f"{member.name} {what}; starting it again in {delay_s:g} s, see {member.log}")


def stop_children(children: Sequence[Child], hurried: Callable[[], bool]) -> list[str]:
    """Stop all children together; return the names of those that had to be killed."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + _CHILD_PATIENCE_S
    alive = _alive(children)
    while alive and time.monotonic() < deadline:
        if hurried():
            deadline = min(deadline, time.monotonic() + _HURRIED_PATIENCE_S)
        time.sleep(0.02)
        alive = _alive(alive)
    for child in alive:
        child.kill()
    return [child.name for child in alive]


def _alive(children: Iterable[Child]) -> list[Child]:
    return [child for child in children if child.pid is not None]


def _exit(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
