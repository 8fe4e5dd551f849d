"""Sockets for the webhook transport whose every wait ends at one deadline.

An HTTP client's timeouts bound a single read or write, so a receiver that sends one byte a second
holds its caller for ever. Here every wait (name look-up, connect, TLS handshake, write, read) is
cut to what is left until the deadline of the attempt. It plugs into httpcore's documented
network backend. ``resolve`` is the one place that turns a host into addresses. The guard judges all
of them, and the connection goes to exactly one of those: a name cannot change between the two.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

import httpcore

from alerts.webhooks.guard import AddressGuard
from core.clock import Clock

Resolve = Callable[[str, int], list[str]]

_WRITE_BYTES = 4_096


class UnresolvedError(httpcore.ConnectError):
    """The host name has no address."""


class TlsError(httpcore.ConnectError):
    """The TLS handshake or the certificate failed."""


class BlockedError(httpcore.ConnectError):
    """The guard does not allow an address of the host."""


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host in the system's order of preference.

    Raises: OSError: the name has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Attempt(threading.local):
    """What the current thread is at.

    Until when (monotonic seconds), whether TLS will follow, and whether it had to connect.
    """

    deadline_s = 0.0
    is_encrypted = False
    connected = False


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections that obey the guard and the current thread's deadline."""

    def __init__(self, clock: Clock, resolve: Resolve, guard: AddressGuard) -> None:
        self._clock = clock
        self._resolve = resolve
        self._guard = guard
        self._attempt = Attempt()
        self._inner = httpcore.SyncBackend()
        # getaddrinfo takes no timeout: it waits in a thread of its own, the sender only so long.
        self._resolvers = ThreadPoolExecutor(4, "webhook-resolve")

    def start_attempt(self, timeout_s: float, *, is_encrypted: bool) -> None:
        """Give the current thread ``timeout_s`` from now for everything it does here."""
        self._attempt.deadline_s = self._clock.monotonic_s() + timeout_s
        self._attempt.is_encrypted = is_encrypted
        self._attempt.connected = False

    @property
    def connected(self) -> bool:
        """Return whether the current attempt has tried a connection of its own."""
        return self._attempt.connected

    def remaining_s(self, expired: type[httpcore.TimeoutException]) -> float:
        """Return what is left for the current thread.

        Raises: ``expired``: nothing is left.
        """
        remaining_s = self._attempt.deadline_s - self._clock.monotonic_s()
        if remaining_s <= 0:
            raise expired("the attempt's time is used up")
        return remaining_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of ``host`` that accepts, sharing the time among them.

        Raises: BlockedError: one of them is not allowed; nothing was connected to.
        """
        del timeout, local_address  # the deadline rules; we bind no source address
        self._attempt.connected = True
        addresses = self._look_up(host, port)
        refusal = self._guard.refusal(host, addresses, is_encrypted=self._attempt.is_encrypted)
        if refusal is not None:
            raise BlockedError(refusal)
        problem: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for index, address in enumerate(addresses):
            share_s = self.remaining_s(httpcore.ConnectTimeout) / (len(addresses) - index)
            try:
                stream = self._inner.connect_tcp(
                    address, port, timeout=share_s, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return DeadlineStream(stream, self)
        raise problem or UnresolvedError(f"{host}: no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Refuse: webhooks go to hosts."""
        raise httpcore.ConnectError("webhooks are not sent to local sockets")

    def close(self) -> None:
        """Let the resolver threads go."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    def _look_up(self, host: str, port: int) -> list[str]:
        answer = self._resolvers.submit(self._resolve, host, port)
        try:
            return answer.result(self.remaining_s(httpcore.ConnectTimeout))
        except FutureTimeoutError:
            answer.cancel()
            raise httpcore.ConnectTimeout(f"{host}: name look-up took too long") from None
        except (OSError, UnicodeError) as error:  # UnicodeError: a label the IDNA codec refuses
            raise UnresolvedError(f"{host}: {error}") from error


class DeadlineStream(httpcore.NetworkStream):
    """A connection that obeys the deadline of whichever thread is using it."""

    def __init__(self, inner: httpcore.NetworkStream, backend: DeadlineBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes, at most ``max_bytes``."""
        return self._inner.read(max_bytes, self._backend.remaining_s(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send everything, in pieces small enough that a slow reader cannot stretch one of them."""
        for start in range(0, len(buffer), _WRITE_BYTES):
            remaining_s = self._backend.remaining_s(httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _WRITE_BYTES], remaining_s)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return the connection with TLS on top.

        Raises: TlsError: the handshake or the certificate was not acceptable.
        """
        remaining_s = self._backend.remaining_s(httpcore.ConnectTimeout)
        try:
            secured = self._inner.start_tls(ssl_context, server_hostname, remaining_s)
        except httpcore.ConnectError as error:
            raise TlsError(str(error)) from error
        return DeadlineStream(secured, self._backend)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks about the socket (for one, whether it was closed meanwhile)."""
        return self._inner.get_extra_info(info)
