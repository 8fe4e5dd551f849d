"""What PostgreSQL and Mosquitto have in common as embedded servers.

Owns: lock, port, log, start until ready, orderly stop, kill. Never: what is served.
"""

import signal
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from trapwatch.stack import ports
from trapwatch.stack.errors import StackError
from trapwatch.stack.lock import FileLock
from trapwatch.stack.log_tail import rotate, tail
from trapwatch.stack.sandbox import Sandbox, SandboxedProcess
from trapwatch.stack.tree import Tree
from trapwatch.stack.wait import wait_until

_PORT_ATTEMPTS = 5
_PREDECESSOR_TIMEOUT_S = 10.0
_READY_TIMEOUT_S = 60.0
_HURRIED_S = 2.0


def never() -> bool:
    """Say that nobody is in a hurry."""
    return False


def _ended_in_time(
    process: SandboxedProcess, patience_s: float, hurried: Callable[[], bool]
) -> bool:
    if process.wait(min(_HURRIED_S, patience_s)):
        return True
    wait_until(lambda: process.poll() is not None or hurried(), patience_s - _HURRIED_S)
    return process.poll() is not None


class EmbeddedServer(ABC):
    """One server with a directory of its own: ``data/`` (in the sandbox: /data), log, port, lock.

    Not thread-safe; see `sandbox` for the thread that must call ``start``.
    """

    name: ClassVar[str]
    account: ClassVar[str]
    #: Signals of an orderly stop, each with the seconds it is given; then SIGKILL.
    stop_signals: ClassVar[tuple[tuple[signal.Signals, float], ...]]

    def __init__(self, tree: Tree, directory: Path, port: int | None = None) -> None:
        """Prepare a server; without ``port`` one is chosen and remembered in the directory.

        Raises: StackError: the tree is not there.
        """
        self.directory = directory
        self.data = directory / "data"
        self.log = directory / "log"
        self.tree = tree
        self.sandbox = Sandbox(tree, self.account, self.data)
        self._fixed_port = port
        self._port = port
        self._process: SandboxedProcess | None = None

    @property
    def port(self) -> int:
        """The loopback port; known once the server was started."""
        if self._port is None:
            raise StackError(f"{self.name} was never started")
        return self._port

    @property
    def running(self) -> bool:
        """Whether the server's process is alive."""
        return self._process is not None and self._process.poll() is None

    def poll(self) -> int | None:
        """Return the exit code of a server that ended by itself, or None."""
        return None if self._process is None else self._process.poll()

    def start(self, lock_timeout_s: float = _PREDECESSOR_TIMEOUT_S) -> None:
        """Start the server and wait until it answers; nothing happens if it runs.

        A predecessor that is still ending is waited for, ``lock_timeout_s`` at most.

        Raises: LockedError: another process uses the directory. StackError: it does not start;
        the message ends with its last log lines.
        """
        if self.running:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        # The server inherits the lock, so it is free again only when the server is gone too.
        directory_lock = FileLock(self.directory / "lock", timeout_s=lock_timeout_s)
        rotate(self.log)
        try:
            with directory_lock, FileLock(self.tree.lock_path, shared=True) as tree_lock:
                self._prepare()
                self._start_on_some_port((directory_lock.fd, tree_lock.fd))
        except BaseException:
            self.kill()
            raise

    def _start_on_some_port(self, inherited: tuple[int, ...]) -> None:
        # Once it ran, its clients know the port: a restart must not move.
        movable = self._fixed_port is None
        for attempt in range(_PORT_ATTEMPTS if movable else 1):
            if movable:
                self._port = ports.remembered(self.directory / "port", attempt)
            before = self.log.stat().st_size if self.log.exists() else 0
            self._process = self.sandbox.spawn(self._command(), self.log, inherited)
            if self._becomes_ready(self._process):
                self._fixed_port = self._port
                return
            self._process.kill()
            with self.log.open("rb") as stream:
                stream.seek(before)
                said = stream.read()
            if b"Address already in use" not in said:
                break
        raise StackError(f"{self.name} does not start; {self.log} ends with:\n{tail(self.log)}")

    def _becomes_ready(self, process: SandboxedProcess) -> bool:
        def ready() -> bool:
            pid = process.server_pid()
            # A stranger may answer on the port while our server finds it taken and ends.
            return pid is not None and ports.is_listening(pid, self.port) and self._answers()

        wait_until(lambda: process.poll() is not None or ready(), _READY_TIMEOUT_S)
        return process.poll() is None and ready()

    def stop(self, hurried: Callable[[], bool] = never) -> None:
        """Stop in order, losing nothing; with ``hurried`` true each signal gets 2 s only."""
        process = self._process
        if process is None:
            return
        for number, patience_s in self.stop_signals:
            process.send(number)
            if _ended_in_time(process, patience_s, hurried):
                break
        self.kill()

    def kill(self) -> None:
        """SIGKILL the server and whatever it started, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """Stop in order and start again on the same port."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _prepare(self) -> None:
        """Make the data directory ready; called with the lock held, before every start."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the server's command line inside the sandbox."""

    @abstractmethod
    def _answers(self) -> bool:
        """Return whether the server, which listens already, takes clients."""
