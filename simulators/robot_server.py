"""A chat robot's vendor on loopback: HTTP around the rules of ``simulators.robots``.

Owns: HTTP and the record of what arrived.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self

from core.clock import Clock, SystemClock
from simulators.robots import Answer, Robot

_BODY_BYTES_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a robot as it arrived, and what the vendor answered."""

    received_at_us: int
    headers: dict[str, str]
    body: bytes
    answer: Answer

    @property
    def is_accepted(self) -> bool:
        """Whether the group has seen it."""
        return self.answer.get("errcode", self.answer.get("code")) == 0

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class RobotServer:
    """The vendor of one robot on loopback; a context manager.

    ``reply``: these bytes (with HTTP 200) answer instead of the vendor, for as long as it is set.
    ``on_call`` is told of each call before it is answered, of one at a time.
    """

    def __init__(self, robot: Robot, port: int = 0, *, clock: Clock | None = None) -> None:
        self.robot = robot
        self.reply: bytes | None = None
        self.on_call: Callable[[Call], object] | None = None
        self._clock = clock or SystemClock()
        self._calls: list[Call] = []
        self._changed = Condition()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.vendor = self
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.05,), name="robot", daemon=True
        )

    @property
    def url(self) -> str:
        """The robot's address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.robot.target}"

    @property
    def calls(self) -> list[Call]:
        """Everything that arrived so far, in order."""
        with self._changed:
            return list(self._calls)

    def wait_for(self, predicate: Callable[[list[Call]], bool], timeout_s: float) -> bool:
        """Wait until the list of calls satisfies ``predicate``; return whether it did."""
        with self._changed:
            return self._changed.wait_for(lambda: predicate(list(self._calls)), timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _receive(self, target: str, headers: dict[str, str], body: bytes) -> bytes:
        now_us = self._clock.now_us()
        with self._changed:
            answer = self.robot.answer(target, body, now_us)
            call = Call(now_us, headers, body, answer)
            self._calls.append(call)
            self._changed.notify_all()
            if self.on_call is not None:
                self.on_call(call)
        return self.reply if self.reply is not None else json.dumps(answer).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    vendor: RobotServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a sender that hangs up is the sender's business."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 <= length <= _BODY_BYTES_MAX:
            self.send_error(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.server.vendor._receive(self.path, headers, self.rfile.read(length))
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr; the calls are the record."""
