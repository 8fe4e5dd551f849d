"""A worker process's health over HTTP, on the loopback interface only.

``/healthz``: the process runs. ``/readyz``: it can do its work; 503 and the reasons otherwise.
``/metrics``: for Prometheus. The API process serves the same paths itself.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client.registry import Collector

from core.errors import ConfigError
from core.metrics import CONTENT_TYPE, new_registry, render

LOOPBACK = "127.0.0.1"
#: What answers a path: status, content type, body.
Page = Callable[[], tuple[HTTPStatus, str, bytes]]

_JSON = "application/json"


@contextmanager
def serve_health(
    port: int, problems: Callable[[], list[str]], collectors: Iterable[Collector]
) -> Iterator[None]:
    """Serve health and metrics while the block runs; port 0 serves nothing.

    ``problems`` returns why the process is not ready (empty: it is); other threads call it.

    Raises: ConfigError: the port is taken or may not be used.
    """
    if port == 0:
        yield
        return
    try:
        server = HealthServer(port, problems, collectors)
    except OSError as error:
        raise ConfigError(f"cannot serve health on {LOOPBACK}:{port}: {error.strerror}") from None
    try:
        yield
    finally:
        server.close()


class HealthServer:
    """Answers from a thread of its own; ``port`` 0 takes any free one."""

    def __init__(
        self, port: int, problems: Callable[[], list[str]], collectors: Iterable[Collector]
    ) -> None:
        registry = new_registry(collectors)

        def _ready() -> tuple[HTTPStatus, str, bytes]:
            found = problems()
            status = HTTPStatus.SERVICE_UNAVAILABLE if found else HTTPStatus.OK
            return status, _JSON, _json({"ready": not found, "problems": found})

        pages: dict[str, Page] = {
            "/healthz": lambda: (HTTPStatus.OK, _JSON, _json({"alive": True})),
            "/readyz": _ready,
            "/metrics": lambda: (HTTPStatus.OK, CONTENT_TYPE, render(registry)),
        }
        self._server = _Server((LOOPBACK, port), pages)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._serve, name="health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.1)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], pages: dict[str, Page]) -> None:
        super().__init__(address, _Handler)
        self.pages = pages


class _Handler(BaseHTTPRequestHandler):
    timeout = 5.0  # a caller that says nothing does not keep a thread
    server: _Server

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.split("?")[0])
        status, content_type, body = (
            page() if page else (HTTPStatus.NOT_FOUND, _JSON, _json({"error": "no such page"}))
        )
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: probes come every few seconds."""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
