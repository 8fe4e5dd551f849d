"""A webhook receiver that checks every signature by itself and can fail on purpose.

Written from the Standard Webhooks specification, not from our signing code, so it tests that.
Owns: HTTP, verification, the record of what arrived. Never: anything of the sender.
"""

import base64
import hashlib
import hmac
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from types import TracebackType
from typing import Any, Self

from core.clock import Clock, SystemClock

_SECRET_PREFIX = "whsec_"
_TOLERANCE_S = 300
_BODY_BYTES_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class Failure:
    """How to treat a request instead of accepting it.

    ``kind``: ``status`` answers ``status`` (429 and 503 with ``retry_after_s`` if given);
    ``timeout`` says nothing until the receiver closes; ``reset`` cuts the connection;
    ``redirect`` answers 302 to ``location``.
    """

    kind: str = "status"
    status: int = 500
    retry_after_s: int | None = None
    location: str = "/elsewhere"

    def __post_init__(self) -> None:
        if self.kind not in {"status", "timeout", "reset", "redirect"}:
            raise ValueError(f"kind: status, timeout, reset or redirect expected, {self.kind} seen")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request as it arrived; ``problem`` says why its signature is not valid, else None."""

    received_at_us: int
    path: str
    headers: dict[str, str]
    body: bytes
    problem: str | None
    answered: int | None

    @property
    def webhook_id(self) -> str:
        """The sender's idempotency key, '' if there was none."""
        return self.headers.get("webhook-id", "")

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


def secret_key(secret: str) -> bytes:
    """Return the key bytes of ``whsec_…``.

    Raises: ValueError: not base64, or nothing.
    """
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    if not key:
        raise ValueError("a secret whsec_… expected")
    return key


def signature_problem(secret: str, headers: dict[str, str], body: bytes, now_s: int) -> str | None:
    """Return why a request is not from the owner of ``secret``, or None if it is.

    ``headers`` have lower-case names. The signed content is ``id.timestamp.body``; the header may
    carry several space-separated signatures, of which one version 1 must fit.
    """
    missing = [
        name
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        if not headers.get(name)
    ]
    if missing:
        return f"missing header: {', '.join(missing)}"
    timestamp = headers["webhook-timestamp"]
    if not timestamp.isdecimal():
        return "webhook-timestamp is not a number of seconds"
    if abs(now_s - int(timestamp)) > _TOLERANCE_S:
        return f"webhook-timestamp is {now_s - int(timestamp)} s old"
    key = secret_key(secret)
    signed = b".".join((headers["webhook-id"].encode(), timestamp.encode(), body))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
    for part in headers["webhook-signature"].split(" "):
        version, _, signature = part.partition(",")
        if version == "v1" and hmac.compare_digest(signature.encode(), expected.encode()):
            return None
    return "no version 1 signature fits"


class WebhookReceiver:
    """A receiver on loopback; a context manager.

    ``failure`` is what the first ``failure_count`` requests meet (None: all of them); it may be
    changed at any time through ``fail``. A request whose signature does not fit is answered 401.
    """

    def __init__(
        self,
        secret: str,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
        on_delivery: Callable[[Delivery], None] | None = None,
    ) -> None:
        secret_key(secret)
        self._secret = secret
        self._clock = clock or SystemClock()
        self._on_delivery = on_delivery
        self._failure: Failure | None = None
        self._failures_left: int | None = None
        self._deliveries: list[Delivery] = []
        self._changed = Condition()
        self._closing = Event()
        self._server = _Server((host, port), _Handler)
        self._server.receiver = self
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.05,), name="webhook-receiver", daemon=True
        )

    @property
    def url(self) -> str:
        """Where to deliver."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/hook"

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._server.server_address[1])

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything that arrived so far, in order."""
        with self._changed:
            return list(self._deliveries)

    def fail(self, failure: Failure | None, count: int | None = None) -> None:
        """Treat the next ``count`` requests (None: all) as ``failure`` says; None: accept."""
        with self._changed:
            self._failure = failure
            self._failures_left = count

    def wait_for(self, predicate: Callable[[list[Delivery]], bool], timeout_s: float) -> bool:
        """Wait until the list of deliveries satisfies ``predicate``; return whether it did."""
        with self._changed:
            return self._changed.wait_for(lambda: predicate(list(self._deliveries)), timeout_s)

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening and let go of the requests that are kept waiting."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _receive(self, path: str, headers: dict[str, str], body: bytes) -> Failure | None:
        """Record a request; return how to fail it, or None to accept."""
        now_us = self._clock.now_us()
        problem = signature_problem(self._secret, headers, body, now_us // 1_000_000)
        with self._changed:
            failure = self._failure if self._failures_left != 0 else None
            if failure is not None and self._failures_left is not None:
                self._failures_left -= 1
            if failure is None and problem is not None:
                failure = Failure(status=401)
            delivery = Delivery(now_us, path, headers, body, problem, _answer_of(failure))
            self._deliveries.append(delivery)
            self._changed.notify_all()
        if self._on_delivery is not None:
            self._on_delivery(delivery)
        return failure


def _answer_of(failure: Failure | None) -> int | None:
    if failure is None:
        return 204
    return {"status": failure.status, "redirect": 302}.get(failure.kind)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    receiver: WebhookReceiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a sender that hangs up is the sender's business."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        receiver = self.server.receiver
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 <= length <= _BODY_BYTES_MAX:
            self.send_error(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        if len(body) < length:  # the sender died within its request
            self.close_connection = True
            return
        failure = receiver._receive(self.path, headers, body)
        if failure is None:
            self._answer(204)
        elif failure.kind == "timeout":
            receiver._closing.wait()
            self.close_connection = True
        elif failure.kind == "reset":
            self._reset()
        elif failure.kind == "redirect":
            self._answer(302, {"Location": failure.location})
        else:
            retry = failure.retry_after_s
            self._answer(failure.status, {} if retry is None else {"Retry-After": str(retry)})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr; the deliveries are the record."""

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def _reset(self) -> None:
        # Lingering for 0 s makes close() send RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
