"""A load generator: one raw socket that publishes QoS 1 as fast as the broker takes it.

Owns: pacing, the window of unacknowledged packets, re-sending after a lost connection.
Never: what is sent; topics and payloads are arguments.
"""

import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from select import select
from threading import Event

import numpy as np

from simulators import packets

#: A payload, or a function called at the moment of sending, so that it can carry that moment.
Payload = bytes | Callable[[], bytes]
Message = tuple[bytes, Payload]

_KEEPALIVE_S = 30
_BURST_S = 0.002
_OUT_BYTES_MAX = 65_536
_DRAIN_S = 10.0
_RETRY_S_MIN, _RETRY_S_MAX = 0.02, 1.0
_CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a run did; latencies are from first sending to PUBACK, NaN if nothing was acked."""

    sent: int
    acked: int
    duration_s: float
    reconnects: int
    puback_p50_ms: float
    puback_p95_ms: float
    puback_p99_ms: float
    puback_max_ms: float

    @property
    def rate_per_s(self) -> float:
        """Acknowledged messages a second."""
        return self.acked / self.duration_s if self.duration_s > 0 else 0.0


@dataclass(slots=True)
class _Sent:
    index: int
    packet: bytes
    at_s: float


class RawPublisher:
    """Publishes to one broker without TLS; one ``run`` at a time."""

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        *,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        self._address = (host, port)
        self._credentials = (username, password)
        self._client_id = client_id
        self._connected_once = False

    def run(
        self,
        messages: Iterable[Message],
        *,
        rate_per_s: float | None = None,
        window: int = 1_000,
        on_acked: Callable[[int], None] | None = None,
        stop: Event | None = None,
    ) -> LoadReport:
        """Publish every message once and wait for its PUBACK.

        Args:
            messages: (topic, payload) in order; their index counts from 0.
            rate_per_s: even pace, in bursts of about 2 ms; None: as fast as the window allows.
            window: unacknowledged messages at most, 1..65,535.
            on_acked: called with a message's index when its PUBACK arrives.
            stop: ends the run early: what is sent is still waited for, at most 10 s.

        A lost connection is opened again with backoff and the unacknowledged are sent again (DUP):
        the broker has every acknowledged message at least once.

        Raises: PermissionError: the broker refuses us (MQTT 3.1.1, table 3.1), and will again.
        """
        if not 1 <= window <= packets.PACKET_ID_MAX:
            raise ValueError(f"window: 1..{packets.PACKET_ID_MAX} expected, {window} seen")
        run = _Run(iter(messages), rate_per_s, window, on_acked, stop or Event())
        began_s = time.monotonic()
        run.began_s = began_s
        reconnects = -1
        retry_s = _RETRY_S_MIN
        while not run.over:
            try:
                with self._connect() as connection:
                    reconnects += 1
                    retry_s = _RETRY_S_MIN
                    run.drive(connection)
            except PermissionError:
                raise
            except OSError:
                run.pause(retry_s)
                retry_s = min(2 * retry_s, _RETRY_S_MAX)
        latency_ms = np.array(run.latencies_s or [np.nan]) * 1_000
        p50, p95, p99 = np.percentile(latency_ms, (50, 95, 99)).tolist()
        return LoadReport(
            run.sent,
            run.acked,
            time.monotonic() - began_s,
            max(reconnects, 0),
            p50,
            p95,
            p99,
            float(latency_ms.max()),
        )

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=_CONNECT_TIMEOUT_S)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(packets.connect(self._client_id, _KEEPALIVE_S, *self._credentials))
            received = bytearray()
            while len(received) < 4:
                part = connection.recv(4 - len(received))
                if not part:
                    raise ConnectionError("connection closed before CONNACK")
                received += part
            if received[0] != packets.CONNACK:
                raise ConnectionError(f"CONNACK expected, {received.hex()} seen")
            if received[3] == packets.UNAVAILABLE:
                raise ConnectionError("the broker is not available yet")
            if received[3] != 0:
                raise PermissionError(f"broker refuses the connection: code {received[3]}")
            connection.setblocking(False)
        except OSError:
            connection.close()
            raise
        return connection


class _Run:
    """State of one run that outlives its connections."""

    def __init__(
        self,
        messages: Iterator[Message],
        rate_per_s: float | None,
        window: int,
        on_acked: Callable[[int], None] | None,
        stop: Event,
    ) -> None:
        self._messages = messages
        self._rate_per_s = rate_per_s
        self._free_ids = deque(range(1, window + 1))
        self._unacked: dict[int, _Sent] = {}
        self._on_acked = on_acked
        self._stop = stop
        self._exhausted = False
        self._drain_until_s: float | None = None
        self.began_s = 0.0
        self.sent = 0
        self.acked = 0
        self.latencies_s: list[float] = []

    @property
    def over(self) -> bool:
        """Whether nothing is left to send or to wait for."""
        if self._stop.is_set() and self._drain_until_s is None:
            self._exhausted = True
            self._drain_until_s = time.monotonic() + _DRAIN_S
        if not self._exhausted:
            return False
        given_up = self._drain_until_s is not None and time.monotonic() > self._drain_until_s
        return not self._unacked or given_up

    def pause(self, duration_s: float) -> None:
        """Wait before the next connection attempt."""
        time.sleep(duration_s) if self._stop.is_set() else self._stop.wait(duration_s)

    def drive(self, connection: socket.socket) -> None:
        """Send and receive on one connection until the run is over.

        Raises: OSError: the connection is lost.
        """
        out = bytearray()
        for sent in self._unacked.values():
            out += packets.duplicate(sent.packet)
        received = bytearray()
        heard_s = wrote_s = time.monotonic()
        while not self.over:
            now_s = time.monotonic()
            wait_s = self._fill(out, now_s)
            if now_s - max(wrote_s, heard_s) > _KEEPALIVE_S / 3:
                out += packets.PINGREQ
                wrote_s = now_s
            if now_s - heard_s > 1.5 * _KEEPALIVE_S:
                raise ConnectionError("the broker does not answer")
            readable, writable, _ = select(
                [connection], [connection] if out else [], [], 0.1 if out else wait_s
            )
            if writable:
                wrote_s = now_s
                del out[: connection.send(out)]
            if readable:
                part = connection.recv(262_144)
                if not part:
                    raise ConnectionError("connection closed by the broker")
                heard_s = time.monotonic()
                received += part
                self._take(received, heard_s)
        if not self._unacked:
            connection.setblocking(True)
            connection.sendall(packets.DISCONNECT)

    def _fill(self, out: bytearray, now_s: float) -> float:
        """Append what is due to ``out``; return how long to wait if nothing happens."""
        due = None
        if self._rate_per_s is not None:
            due = int((now_s - self.began_s) * self._rate_per_s) + 1
        while self._free_ids and not self._exhausted and len(out) < _OUT_BYTES_MAX:
            if due is not None and self.sent >= due:
                next_s = self.began_s + self.sent / (self._rate_per_s or 1.0)
                return min(max(next_s - now_s, _BURST_S), 0.1)
            message = next(self._messages, None)
            if message is None:
                self._exhausted = True
                break
            topic, payload = message
            packet_id = self._free_ids.popleft()
            packet = packets.publish(
                topic, payload if isinstance(payload, bytes) else payload(), packet_id
            )
            self._unacked[packet_id] = _Sent(self.sent, packet, time.monotonic())
            self.sent += 1
            out += packet
        return 0.1

    def _take(self, received: bytearray, now_s: float) -> None:
        for kind, body in packets.split(received):
            if kind != packets.PUBACK:
                continue
            packet_id = int.from_bytes(body[:2], "big")
            sent = self._unacked.pop(packet_id, None)
            if sent is None:
                continue
            self._free_ids.append(packet_id)
            self.acked += 1
            self.latencies_s.append(now_s - sent.at_s)
            if self._on_acked is not None:
                self._on_acked(sent.index)
