"""A TCP proxy on loopback that mistreats its links on command.

One thread moves the bytes of all links. Owns: sockets, buffers, the faults in force, counters.
Never: when a fault begins or ends (``schedule`` decides), or what the bytes mean.
"""

import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

_CHUNK_BYTES = 65_536
_BUFFER_BYTES_MAX = 1_000_000
_POLL_S = 0.5
_LINGER_0_S = struct.pack("ii", 1, 0)


class Direction(Enum):
    """Which way bytes go: from the client to the server, or back."""

    UP = "up"
    DOWN = "down"


class _Pipe:
    """One direction of a link: what was read and is not written yet. ``b""`` is the end."""

    def __init__(self, direction: Direction, source: socket.socket, sink: socket.socket) -> None:
        self.direction = direction
        self.source = source
        self.sink = sink
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.buffered_bytes = 0
        self.is_reading = True

    def wants_read(self) -> bool:
        return self.is_reading and self.buffered_bytes < _BUFFER_BYTES_MAX

    def wants_write(self, now_s: float) -> bool:
        return bool(self.waiting) and self.waiting[0][0] <= now_s

    def put(self, data: bytes, due_s: float) -> None:
        self.waiting.append((due_s, data))
        self.buffered_bytes += len(data)

    def write(self, now_s: float) -> bool:
        """Write what is due and fits; return whether the end was reached."""
        while self.wants_write(now_s):
            due_s, data = self.waiting.popleft()
            if not data:
                return True
            try:
                written = self.sink.send(data)
            except BlockingIOError:
                written = 0
            self.buffered_bytes -= written
            if written < len(data):
                self.waiting.appendleft((due_s, data[written:]))
                return False
        return False


class _Link:
    """A client's connection and ours to the server; tainted once it lost bytes."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.sockets = (client, server)
        self.pipes = (
            _Pipe(Direction.UP, client, server),
            _Pipe(Direction.DOWN, server, client),
        )
        self.is_tainted = False
        self.swallowed: Direction | None = None


class Proxy:
    """Forwards a free loopback port to ``target_port``; a context manager, healthy at first.

    Commands may come from any thread and have happened when they return. A link from which bytes
    were swallowed can never be mended, as after a real outage: ``heal`` resets it.
    """

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self.accepted = 0
        self.refused = 0
        self.forwarded_bytes = 0
        self.swallowed_bytes = 0
        self._delay_s = 0.0
        self._swallowed: Direction | None = None
        self._is_refusing = False
        self._links: list[_Link] = []
        self._commands: SimpleQueue[tuple[Callable[[], None], Event]] = SimpleQueue()
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._is_over = False
        self._thread = Thread(target=self._run, name=f"proxy-{self.port}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._command(self._end)
        self._thread.join()
        # Only now: the thread may obey before the sender has woken it.
        for end in (self._listener, self._wake_receiver, self._wake_sender):
            end.close()

    @property
    def link_count(self) -> int:
        """Links open now."""
        return len(self._links)

    def cut(self, *, reset: bool = True) -> None:
        """End all links, by RST (unsent bytes are lost) or FIN."""
        self._command(lambda: self._cut(self._links, reset=reset))

    def delay(self, delay_s: float) -> None:
        """Hold all bytes read from now on for so long; their order stays."""
        self._command(lambda: setattr(self, "_delay_s", delay_s))

    def swallow(self, direction: Direction) -> None:
        """Half-open every link, new ones too: bytes and ends of one direction disappear."""
        self._command(lambda: setattr(self, "_swallowed", direction))

    def strand(self, direction: Direction) -> None:
        """Half-open the present links for good, as when their peer lost power; new ones work."""

        def begin() -> None:
            for link in self._links:
                link.swallowed = direction

        self._command(begin)

    def refuse(self) -> None:
        """Reset all links and whoever connects."""

        def begin() -> None:
            self._is_refusing = True
            self._cut(self._links, reset=True)

        self._command(begin)

    def heal(self) -> None:
        """End every fault; links that lost bytes are reset."""

        def end() -> None:
            self._delay_s, self._swallowed, self._is_refusing = 0.0, None, False
            self._cut([link for link in self._links if link.is_tainted], reset=True)

        self._command(end)

    def _command(self, work: Callable[[], None]) -> None:
        done = Event()
        self._commands.put((work, done))
        self._wake_sender.send(b"\0")
        assert done.wait(10), "the proxy's thread has died"

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            while not self._is_over:
                self._watch(selector)
                ready = {key.fileobj: mask for key, mask in selector.select(self._wait_s())}
                if self._listener in ready:
                    self._accept()
                for link in list(self._links):
                    self._move(link, ready)
                self._obey()
                for key in list(selector.get_map().values()):
                    selector.unregister(key.fileobj)

    def _watch(self, selector: selectors.BaseSelector) -> None:
        selector.register(self._wake_receiver, selectors.EVENT_READ)
        selector.register(self._listener, selectors.EVENT_READ)
        now_s = time.monotonic()
        for link in self._links:
            up, down = link.pipes
            for end, incoming, outgoing in ((up.source, up, down), (down.source, down, up)):
                mask = selectors.EVENT_READ if incoming.wants_read() else 0
                mask |= selectors.EVENT_WRITE if outgoing.wants_write(now_s) else 0
                if mask:
                    selector.register(end, mask)

    def _wait_s(self) -> float:
        heads = (pipe.waiting[0][0] for link in self._links for pipe in link.pipes if pipe.waiting)
        return max(0.0, min(_POLL_S, min(heads, default=float("inf")) - time.monotonic()))

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            client, _ = self._listener.accept()
            self.accepted += 1
            try:
                if self._is_refusing:
                    raise ConnectionRefusedError
                server = socket.create_connection(self._target, timeout=1.0)
            except OSError:
                self.refused += 1
                _close(client, reset=True)
                return
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                end.setblocking(False)
            self._links.append(_Link(client, server))

    def _move(self, link: _Link, ready: Mapping[Any, int]) -> None:
        try:
            for pipe in link.pipes:
                if ready.get(pipe.source, 0) & selectors.EVENT_READ:
                    self._read(link, pipe)
            now_s = time.monotonic()
            ended = [pipe.write(now_s) for pipe in link.pipes]
        except OSError:
            self._cut([link], reset=True)
            return
        if any(ended):
            self._cut([link], reset=False)

    def _read(self, link: _Link, pipe: _Pipe) -> None:
        try:
            data = pipe.source.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""  # what was read before still goes on
        pipe.is_reading = bool(data)
        if pipe.direction in (self._swallowed, link.swallowed):
            link.is_tainted = True
            self.swallowed_bytes += len(data)
            return
        self.forwarded_bytes += len(data)
        pipe.put(data, time.monotonic() + self._delay_s)

    def _cut(self, links: list[_Link], *, reset: bool) -> None:
        for link in list(links):
            self._links.remove(link)
            for end in link.sockets:
                _close(end, reset=reset)

    def _obey(self) -> None:
        with suppress(BlockingIOError):
            self._wake_receiver.recv(4_096)
        while True:
            try:
                work, done = self._commands.get_nowait()
            except Empty:
                return
            work()
            done.set()

    def _end(self) -> None:
        self._is_over = True
        self._cut(self._links, reset=False)


def _close(end: socket.socket, *, reset: bool) -> None:
    if reset:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0_S)
    end.close()
