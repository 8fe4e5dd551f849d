"""Kernel file locks that a whole family of processes holds.

The lock belongs to the open file, so a server that inherited the descriptor keeps its directory
locked even if the process that started it is killed; the kernel lets go when the last one ends.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from trapwatch.stack.errors import LockedError
from trapwatch.stack.wait import wait_until


class FileLock:
    """A held lock; ``fd`` may be passed on to child processes."""

    def __init__(self, path: Path, *, shared: bool = False, timeout_s: float = 0.0) -> None:
        """Take the lock on ``path``, waiting at most ``timeout_s`` for its present holder.

        Raises: LockedError: it is still held by another.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB

        def taken() -> bool:
            try:
                fcntl.flock(self.fd, operation)
            except BlockingIOError:
                return False
            return True

        try:
            if not wait_until(taken, timeout_s, interval_s=0.05):
                raise LockedError(f"{path} is held by another process")
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let go of this process's hold; harmless to repeat."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.release()
