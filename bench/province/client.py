"""A caller that costs little: one raw socket kept open, of an answer nothing parsed but its end."""

import socket
from time import perf_counter
from typing import NamedTuple, Self

_HEADER_END = b"\r\n\r\n"


class BenchError(Exception):
    """The API did not answer as it should; the figures would be of something else."""


class Answer(NamedTuple):
    """A body, and the milliseconds from sending to its last byte."""

    body: bytes
    duration_ms: float


class Address(NamedTuple):
    """Where an API process listens, and the token that it is asked with."""

    port: int
    token: str


def head_of(path: str, address: Address) -> bytes:
    """Return the request for a path below /api/v1: every header that the bench sends."""
    headers = {
        "Host": f"127.0.0.1:{address.port}",
        "Authorization": f"Bearer {address.token}",
        "Accept": "*/*",
    }
    lines = [f"GET /api/v1{path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


class Client:
    """One connection; not for several threads at the same time."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket = socket.create_connection(("127.0.0.1", address.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> Answer:
        """Ask for a path below /api/v1.

        Raises: BenchError: the answer is not 200.
        """
        begun = perf_counter()
        self._socket.sendall(head_of(path, self._address))
        received = b""
        while (end := received.find(_HEADER_END)) < 0:
            received += self._receive()
        head = received[:end].lower()
        if not head.startswith(b"http/1.1 200"):
            raise BenchError(f"{path}: {received[:1_000]!r}")
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        parts = [received[end + len(_HEADER_END) :]]
        missing = length - len(parts[0])
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        return Answer(b"".join(parts), (perf_counter() - begun) * 1_000)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receive(self) -> bytes:
        received = self._socket.recv(262_144)
        if not received:
            raise BenchError("the API has closed the connection")
        return received
