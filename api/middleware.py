"""What happens to every request before and after its route: size cap, headers, figures.

Plain ASGI, so that streams pass through unbuffered.
"""

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.registry import Collector
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from core.clock import Clock

_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_GZIP_BYTES_MIN = 1_000
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class BodyCap:
    """Answers 413 to bodies above ``bytes_max``, told beforehand or found out while reading.

    Paths that end in one of ``files`` take files, up to as many bytes as stand there.
    """

    def __init__(self, app: ASGIApp, bytes_max: int, files: Mapping[str, int]) -> None:
        self._app = app
        self._bytes_max = bytes_max
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        allowed = (count for end, count in self._files.items() if scope["path"].endswith(end))
        bytes_max = next(allowed, self._bytes_max)
        detail = f"bodies may have {bytes_max} bytes here"
        told = request.headers.get("content-length", "0")
        if told.isdecimal() and int(told) > bytes_max:
            await problem_response(request, 413, detail)(scope, receive, send)
            return
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > bytes_max:
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counted, send)


class OwnCallersOnly:
    """Refuses other web sites: foreign names of this server, and their forms and scripts.

    A page elsewhere can make an operator's browser send requests here, and can rebind its own
    name to our address; listening on loopback does not help against either.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        problem = self._problem(Request(scope)) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await problem_response(Request(scope), 403, problem)(scope, receive, send)

    def _problem(self, request: Request) -> str | None:
        host = request.headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        if "*" not in self._hosts and name not in self._hosts:
            return "this server is not known by that name (TRAPWATCH_API__HOSTS)"
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return None
        origin = request.headers.get("origin")
        is_foreign = origin is not None and origin.partition("://")[2] != host
        if is_foreign or request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            return "requests that change something are not taken from other web sites"
        return None


class Compressed:
    """Compresses what is large and holds no secret: the answers below some paths, nothing else.

    A secret beside what a caller chose would be given away by the length (BREACH), and files that
    say their digest are sent as they are.
    """

    def __init__(self, app: ASGIApp, paths: Sequence[str]) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=_GZIP_BYTES_MIN, compresslevel=5)
        self._paths = tuple(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        is_large = scope["type"] == "http" and scope["path"].startswith(self._paths)
        await (self._compressing if is_large else self._app)(scope, receive, send)


class SecurityHeaders:
    """Adds the headers that keep pages to their own scripts; nothing comes from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class RequestMetrics:
    """Requests by route and status, and how long they took to their first byte."""

    def __init__(self) -> None:
        self._requests = Counter(
            "trapwatch_http_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=None,
        )
        self._seconds = Histogram(
            "trapwatch_http_request_seconds",
            "From request to the first byte of the answer.",
            ["method", "route"],
            registry=None,
        )
        self.streams = Gauge(
            "trapwatch_event_streams", "Open server-sent event streams.", registry=None
        )

    @property
    def collectors(self) -> Iterable[Collector]:
        """The metrics, for a registry."""
        return [self._requests, self._seconds, self.streams]

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class Measured:
    """Counts every request in RequestMetrics, by the pattern of its route."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = self._clock.monotonic_s()

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The pattern, never the path: a path is chosen by whoever calls.
                route = getattr(scope.get("route"), "path", "unknown")
                elapsed_s = self._clock.monotonic_s() - started_s
                # The same goes for methods: any token is one.
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._metrics.observe(method, route, message["status"], elapsed_s)
            await send(message)

        await self._app(scope, receive, observed)
