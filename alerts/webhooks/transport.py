"""One HTTP POST: a prepared message in, an answer or the reason for none out.

Never raises for what a receiver or the network does, never follows a redirect, never takes longer
than its timeout, never keeps more than 2 kB of an answer, never unpacks a compressed one. It sits
on httpcore, httpx's own connection layer: the client above it would keep cookies, read proxy
variables and log addresses, and bounds each read where we must bound the whole.
"""

from dataclasses import dataclass, field
from typing import Protocol

import httpcore
import httpx

from alerts.webhooks.guard import AddressGuard
from alerts.webhooks.network import (
    BlockedError,
    DeadlineBackend,
    Resolve,
    TlsError,
    UnresolvedError,
    resolve,
)
from alerts.webhooks.retry import Failure, FailureKind, Response
from core.clock import Clock
from core.errors import InvalidRequestError

ANSWER_BYTES_MAX = 2_048
URL_CHARS_MAX = 2_000
_PORT_MAX = 65_535
#: Common servers close an idle connection after 5 s; ours goes first, or a request would now and
#: then meet a connection that is just being closed.
_IDLE_S = 4.0
_CUT_OFF = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
_NO_ANSWER = (*_CUT_OFF, httpcore.UnsupportedProtocol, httpx.InvalidURL)
#: The first that fits; what fits none broke.
_KINDS: tuple[tuple[tuple[type[Exception], ...], FailureKind], ...] = (
    ((BlockedError,), FailureKind.BLOCKED),
    ((UnresolvedError,), FailureKind.UNRESOLVED),
    ((TlsError,), FailureKind.TLS),
    ((httpcore.TimeoutException,), FailureKind.TIMEOUT),
    ((httpcore.ConnectError,), FailureKind.REFUSED),
    ((httpcore.UnsupportedProtocol, httpx.InvalidURL), FailureKind.UNSENDABLE),
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A signed message, ready to go out. ``headers`` lack host and length, which are derived."""

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Transport(Protocol):
    """Something that makes one attempt; called by several threads at once."""

    def send(self, prepared: Prepared) -> Response | Failure:
        """Make one attempt; never raises for what the other side does."""
        ...

    def close(self) -> None:
        """Close idle connections."""
        ...


def check_url(url: str) -> None:
    """Accept an address that webhooks may be sent to.

    Raises: InvalidRequestError: not an absolute http or https URL, too long, or with a user name,
        password or fragment in it (they would silently not be sent).
    """
    if len(url) > URL_CHARS_MAX:
        raise InvalidRequestError(f"a webhook URL has at most {URL_CHARS_MAX} characters")
    if "…" in url:
        raise InvalidRequestError("a webhook URL with … is only how another one is shown")
    if not url.isprintable() or " " in url:
        raise InvalidRequestError("a webhook URL holds no white space or control characters")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidRequestError(f"not a URL: {error}") from None
    if parsed.scheme not in {"http", "https"}:
        raise InvalidRequestError("a webhook URL starts with http:// or https://")
    if not parsed.host or (parsed.port is not None and not 1 <= parsed.port <= _PORT_MAX):
        raise InvalidRequestError("a webhook URL names a host, and a port from 1 to 65535 if any")
    if parsed.userinfo or parsed.fragment:
        raise InvalidRequestError("a webhook URL has no user name, password or fragment")


class HttpTransport:
    """Sends over a pool of keep-alive connections.

    ``timeout_s`` bounds one attempt from name look-up to the end of the answer. ``clock`` must
    run (a ManualClock would never reach a deadline). ``guard`` judges every new connection.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        timeout_s: float,
        guard: AddressGuard,
        connection_count_max: int = 64,
        resolve: Resolve = resolve,
    ) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._network = DeadlineBackend(clock, resolve, guard)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=connection_count_max,
            keepalive_expiry=_IDLE_S,
            network_backend=self._network,
        )

    def send(self, prepared: Prepared) -> Response | Failure:
        """POST a message; the answer's status counts as soon as its headers are complete."""
        started_s = self._clock.monotonic_s()
        self._network.start_attempt(
            self._timeout_s, is_encrypted=prepared.url.lower().startswith("https:")
        )
        while True:
            try:
                return self._exchange(prepared, started_s)
            except _NO_ANSWER as error:
                # A kept connection may be closed by the receiver just as we use it. That says
                # nothing about the message, so it gets a connection of its own at once; every
                # turn uses up one kept connection, and all of them share the deadline.
                kind = _kind(error)
                if kind is FailureKind.BROKEN and not self._network.connected:
                    continue
                detail = str(error) or type(error).__name__
                return Failure(kind, detail, self._elapsed_ms(started_s))

    def _exchange(self, prepared: Prepared, started_s: float) -> Response:
        with self._pool.stream(
            "POST", _target(prepared.url), headers=list(prepared.headers), content=prepared.body
        ) as response:
            body = _read_start(response)
            return Response(
                status=response.status,
                retry_after=_header(response, b"retry-after"),
                body=body,
                duration_ms=self._elapsed_ms(started_s),
            )

    def close(self) -> None:
        """Close idle connections."""
        self._pool.close()
        self._network.close()

    def _elapsed_ms(self, started_s: float) -> int:
        return round((self._clock.monotonic_s() - started_s) * 1_000)


def _target(url: str) -> httpcore.URL:
    parsed = httpx.URL(url)
    return httpcore.URL(
        scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
    )


def _read_start(response: httpcore.Response) -> bytes:
    """Return the first 2 kB of an answer, or what came before it stalled or broke off.

    The receiver has spoken with its status line; a lost body must not make us send again.
    """
    body = bytearray()
    try:
        for chunk in response.iter_stream():
            body += chunk
            if len(body) >= ANSWER_BYTES_MAX:
                break
    except _CUT_OFF:
        pass
    return bytes(body[:ANSWER_BYTES_MAX])


def _header(response: httpcore.Response, wanted: bytes) -> str | None:
    for name, value in response.headers:
        if name.lower() == wanted:
            return value.decode("latin-1")
    return None


def _kind(error: Exception) -> FailureKind:
    found = (kind for types, kind in _KINDS if isinstance(error, types))
    return next(found, FailureKind.BROKEN)
