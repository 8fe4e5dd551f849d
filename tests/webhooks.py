"""Webhook endpoints, messages and a receiver that can misbehave, for tests."""

import base64
import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from alerts.webhooks.guard import AddressGuard
from alerts.webhooks.protection import Protection, secret_of, shown_url, url_of
from alerts.webhooks.sealing.keyring import Keyring
from alerts.webhooks.store import next_endpoint_id
from core.db import Connection

#: 2026-01-05 09:00 in Shanghai.
NOW_US = 1_767_574_800_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

_KEY = bytes(range(32))
KEYRING = Keyring([_KEY], os.urandom)
LOOPBACK = AddressGuard.parse(["127.0.0.0/8"])
#: What tests' endpoints are kept and guarded by: their receivers listen on loopback.
PROTECTION = Protection(KEYRING, LOOPBACK)
#: The same for a process.
VARIABLES = {
    "TRAPWATCH_WEBHOOKS__SECRET_KEY": base64.b64encode(_KEY).decode(),
    "TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE": "127.0.0.0/8",
}

_numbers = count(1)


def add_endpoint(connection: Connection, url: str, state: str = "active") -> int:
    """Store an endpoint; return its number."""
    endpoint_id = next_endpoint_id(connection)
    connection.execute(
        """
        INSERT INTO webhook_endpoint (webhook_endpoint_id, url, url_shown, secret, state,
                                      created_at, updated_at)
        OVERRIDING SYSTEM VALUE
        VALUES (%(id)s, %(url)s, %(url_shown)s, %(secret)s, %(state)s, to_timestamp_us(%(now_us)s),
                to_timestamp_us(%(now_us)s))
        """,
        {
            "id": endpoint_id,
            "url": KEYRING.seal(url, url_of(endpoint_id)),
            "url_shown": shown_url(url, "standard"),
            "secret": KEYRING.seal(SECRET, secret_of(endpoint_id)),
            "state": state,
            "now_us": NOW_US,
        },
    )
    return endpoint_id


def queue_message(
    connection: Connection, *endpoint_ids: int, at_us: int = NOW_US, body: bytes | None = None
) -> list[int]:
    """Put one message in the outbox, due at ``at_us``; return its deliveries' numbers."""
    number = next(_numbers)
    rows = connection.execute(
        """
        WITH message AS (
          INSERT INTO webhook_message
                 (uid, event_type, subject_kind, subject_id, seq, body, created_at)
          VALUES (%(uid)s, 'alert.fired', 'test', %(number)s::text, 1, %(body)s,
                  to_timestamp_us(%(at_us)s))
          RETURNING webhook_message_id
        ), delivery AS (
          INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
          SELECT webhook_message_id, endpoint_id, to_timestamp_us(%(at_us)s)
            FROM message CROSS JOIN unnest(%(endpoint_ids)s::int[]) AS u (endpoint_id)
          RETURNING webhook_delivery_id
        )
        SELECT webhook_delivery_id, pg_notify('webhook', '') FROM delivery ORDER BY 1
        """,
        {
            "uid": f"msg_{number}",
            "number": number,
            "body": body or b'{"type":"alert.fired","data":{"number":%d}}' % number,
            "at_us": at_us,
            "endpoint_ids": list(endpoint_ids),
        },
    ).fetchall()
    return [row[0] for row in rows]


@dataclass(frozen=True)
class Received:
    """One request as the receiver saw it."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    client_port: int


#: Answers a request on its handler; whatever it likes, or nothing.
Behaviour = Callable[["_Handler"], None]


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Behaviour:
    """An ordinary answer."""

    def behave(handler: "_Handler") -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def hang(until: Event) -> Behaviour:
    """No byte of an answer before ``until``."""

    def behave(handler: "_Handler") -> None:
        until.wait()
        handler.close_connection = True

    return behave


def drip(start: bytes, until: Event) -> Behaviour:
    """``start``, then one byte more every 20 ms for ever."""

    def behave(handler: "_Handler") -> None:
        handler.close_connection = True
        try:
            handler.connection.sendall(start)
            while not until.wait(0.02):
                handler.connection.sendall(b"x")
        except OSError:  # the other side had enough
            pass

    return behave


def reset(handler: "_Handler") -> None:
    """A TCP reset instead of an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.rfile.close()
    handler.wfile.close()
    handler.connection.close()


def say(raw: bytes) -> Behaviour:
    """These bytes, then the end of the connection."""

    def behave(handler: "_Handler") -> None:
        handler.close_connection = True
        handler.connection.sendall(raw)

    return behave


class Receiver:
    """An HTTP server on loopback; ``script`` holds the next behaviours, ``then`` what follows."""

    def __init__(self, port: int = 0) -> None:
        self.received: SimpleQueue[Received] = SimpleQueue()
        self.script: SimpleQueue[Behaviour] = SimpleQueue()
        self.then: Behaviour = answer(204)
        self.over = Event()
        self._server = _Server(("127.0.0.1", port), self)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def next(self, timeout_s: float = 10.0) -> Received:
        """Wait for the next request."""
        return self.received.get(timeout=timeout_s)

    def requests(self) -> list[Received]:
        """Take all requests that have come."""
        found: list[Received] = []
        while True:
            try:
                found.append(self.received.get_nowait())
            except Empty:
                return found

    def close(self) -> None:
        """Stop listening, and release everything that hangs."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        super().__init__(address, _Handler)
        self.receiver = receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections are cut on purpose here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            behave = receiver.script.get_nowait()
        except Empty:
            behave = receiver.then
        receiver.received.put(Received(self.path, headers, body, self.client_address[1]))
        behave(self)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


def receivers() -> Iterator[Receiver]:
    """Yield a receiver and close it; wrapped by fixtures."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
