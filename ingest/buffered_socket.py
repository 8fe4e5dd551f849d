"""A socket that reads and writes in large pieces.

paho asks the socket three times for every packet and sends every PUBACK by itself; most of the
network thread's time went into those system calls (docs/performance.md).
"""

import socket
import ssl
from contextlib import suppress

_READ_BYTES = 65_536
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BufferedSocket:
    """What paho needs of a socket (its ``SocketLike``), over a connected one.

    What was sent leaves with ``flush``; what the socket gave and nobody asked for yet is
    ``pending`` and no longer shows in ``select``.
    """

    def __init__(self, raw: "socket.socket | ssl.SSLSocket") -> None:
        self._raw = raw
        self._received = b""
        self._at = 0
        self._unsent = bytearray()
        self._error: OSError | None = None

    def recv(self, size: int) -> bytes:
        """Return 1..size bytes; none at the end of the stream.

        Raises: BlockingIOError or SSLWantReadError: nothing is there yet; OSError: connection lost.
        """
        at = self._at
        if at >= len(self._received):
            self._received = self._raw.recv(_READ_BYTES)
            at = 0
        part = self._received[at : at + size]
        self._at = at + len(part)
        return part

    def pending(self) -> int:
        """Return how many bytes can be had without asking the network."""
        left = len(self._received) - self._at
        return left + (self._raw.pending() if isinstance(self._raw, ssl.SSLSocket) else 0)

    def send(self, data: "bytes | bytearray") -> int:
        """Take all of ``data``.

        Raises: OSError: an earlier piece could not be sent.
        """
        if self._error is not None:
            raise self._error
        self._unsent += data
        return len(data)

    @property
    def has_unsent(self) -> bool:
        """Whether a flush is due."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Hand over to the network what it takes; a loss shows in the next send or recv."""
        try:
            while self._unsent:
                del self._unsent[: self._raw.send(self._unsent)]
        except _WOULD_BLOCK:
            pass
        except OSError as error:
            self._error = error
            self._unsent.clear()

    def close(self) -> None:
        """Flush what can be flushed at once, then close."""
        with suppress(OSError, ValueError):
            self.flush()
        self._raw.close()

    def fileno(self) -> int:
        """Return the descriptor, for select."""
        return self._raw.fileno()

    def setblocking(self, flag: bool) -> None:
        """Set the mode of the socket below."""
        self._raw.setblocking(flag)
