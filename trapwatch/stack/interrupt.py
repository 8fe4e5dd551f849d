"""Ctrl-C and SIGTERM for a command that has things to stop in order."""

import signal
from types import FrameType


class StopRequested(BaseException):
    """The first signal, raised where the main thread is; never an error."""


class Interrupts:
    """Raises `StopRequested` at the first signal; later ones only set ``hurried``.

    So the stopping itself is never interrupted, but a second Ctrl-C shortens its patience.
    """

    def __init__(self) -> None:
        """Take over SIGINT, SIGTERM and SIGHUP of this process."""
        self.requested = False
        self._hurried = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def hurried(self) -> bool:
        """Return whether a further signal has come since the stop was requested."""
        return self._hurried

    def no_more(self) -> None:
        """Enter the stopping phase without a signal: the next one hastens it."""
        self.requested = True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            self._hurried = True
            return
        self.requested = True
        raise StopRequested
