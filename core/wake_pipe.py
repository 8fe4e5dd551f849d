"""Wakes a thread that waits in select."""

import socket
from contextlib import suppress


class WakePipe:
    """Readable from a ``wake`` until the next ``drain``; ``wake`` may be called from any thread."""

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._receiver.fileno()

    def wake(self) -> None:
        """Let whoever waits go on."""
        with suppress(OSError):  # a full pipe holds wake-ups enough, a closed one has nobody
            self._sender.send(b"\0")

    def drain(self) -> None:
        """Forget the wake-ups so far."""
        with suppress(BlockingIOError):
            while self._receiver.recv(4_096):
                pass

    def close(self) -> None:
        """Release both ends."""
        self._receiver.close()
        self._sender.close()
