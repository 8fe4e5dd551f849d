"""One of Trapwatch's own processes as a child of `trapwatch up`."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from trapwatch.stack.log_tail import rotate, tail
from trapwatch.stack.wait import wait_until

_KILL_TIMEOUT_S = 5.0


class Child:
    """A process whose output goes to ``log`` and that cannot outlive this one.

    Start it from a thread that lives as long as it shall (prctl(2), PR_SET_PDEATHSIG).
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        """Prepare a child; ``environment`` is all it gets."""
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process; returns before it is ready."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        rotate(self.log)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self._command],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for `trapwatch up`, which stops in order
            )

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs or was never started."""
        return None if self._process is None else self._process.poll()

    def terminate(self) -> None:
        """Ask it to stop; returns at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, timeout_s: float) -> bool:
        """Return whether it has ended, waiting at most ``timeout_s``."""
        process = self._process
        return process is None or wait_until(lambda: process.poll() is not None, timeout_s)

    def kill(self) -> None:
        """End it, and what it started, at once."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_KILL_TIMEOUT_S)

    def last_words(self) -> str:
        """Return the end of its log."""
        return tail(self.log)
