"""The transport against a receiver that misbehaves in every way we know of. No database."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event

import pytest

from alerts.webhooks.retry import Failure, FailureKind, Response
from alerts.webhooks.transport import ANSWER_BYTES_MAX, HttpTransport, Prepared
from core.clock import SystemClock
from tests.webhooks import LOOPBACK, Receiver, answer, drip, hang, receivers, reset, say

TIMEOUT_S = 0.4
#: What a loaded machine may add; far below what an unbounded wait would take.
SLACK_S = 1.0

receiver = pytest.fixture(receivers)


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport(SystemClock(), timeout_s=TIMEOUT_S, guard=LOOPBACK)
    yield made
    made.close()


def prepared(url: str, body: bytes = b"{}") -> Prepared:
    return Prepared(url, (("content-type", "application/json"), ("user-agent", "test")), body)


def send_in_time(transport: HttpTransport, url: str, body: bytes = b"{}") -> Response | Failure:
    started_s = time.monotonic()
    result = transport.send(prepared(url, body))
    assert time.monotonic() - started_s < TIMEOUT_S + SLACK_S
    return result


def test_what_is_sent_arrives_and_what_is_answered_comes_back(
    transport: HttpTransport, receiver: Receiver
) -> None:
    receiver.then = answer(201, {"Retry-After": "7"}, b"thanks")
    result = transport.send(prepared(receiver.url + "?key=a%20b", b'{"x": "\xe6\xb2\xb9"}'))
    assert isinstance(result, Response)
    assert (result.status, result.retry_after, result.body) == (201, "7", b"thanks")
    request = receiver.next()
    assert request.path == "/hook?key=a%20b"
    assert request.body == b'{"x": "\xe6\xb2\xb9"}'
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["user-agent"] == "test"


@pytest.mark.parametrize("status", [200, 204, 301, 410, 429, 500, 503])
def test_any_status_is_an_answer(transport: HttpTransport, receiver: Receiver, status: int) -> None:
    receiver.then = answer(status)
    result = transport.send(prepared(receiver.url))
    assert isinstance(result, Response)
    assert result.status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    transport: HttpTransport, receiver: Receiver, status: int
) -> None:
    receiver.then = answer(status, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"})
    result = transport.send(prepared(receiver.url))
    assert isinstance(result, Response)
    assert result.status == status
    assert [request.path for request in receiver.requests()] == ["/hook"]


def test_connections_are_kept_and_used_again(transport: HttpTransport, receiver: Receiver) -> None:
    receiver.then = answer(200, body=b"ok")
    for _ in range(3):
        transport.send(prepared(receiver.url))
    assert len({request.client_port for request in receiver.requests()}) == 1


def test_a_kept_connection_that_is_closed_as_we_use_it_costs_no_attempt(
    transport: HttpTransport, receiver: Receiver
) -> None:
    receiver.script.put(answer(200))
    receiver.script.put(say(b""))  # reads the next request on it, and closes without a word
    assert isinstance(transport.send(prepared(receiver.url)), Response)
    result = transport.send(prepared(receiver.url))
    assert isinstance(result, Response)
    kept, closed, fresh = [request.client_port for request in receiver.requests()]
    assert kept == closed != fresh


def test_a_new_connection_that_is_closed_is_a_failed_attempt(
    transport: HttpTransport, receiver: Receiver
) -> None:
    receiver.then = say(b"")
    assert isinstance(transport.send(prepared(receiver.url)), Failure)
    assert len(receiver.requests()) == 1


def test_at_most_2_kb_of_an_answer_are_read(receiver: Receiver) -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * ANSWER_BYTES_MAX
    receiver.then = drip(start, receiver.over)
    patient = HttpTransport(SystemClock(), timeout_s=30.0, guard=LOOPBACK)
    result = patient.send(prepared(receiver.url))
    patient.close()
    assert isinstance(result, Response)
    assert result.body == b"x" * ANSWER_BYTES_MAX
    assert result.duration_ms < 10_000


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"", None),  # a status line that never ends
        (b"HTTP/1.1 200 OK\r\nx-endless: ", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", 200),
        (b"HTTP/1.1 500 Oops\r\n\r\n", 500),  # a body until the connection closes
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3, None),
    ],
)
def test_a_receiver_that_drips_does_not_hold_a_sender_longer_than_the_timeout(
    transport: HttpTransport, receiver: Receiver, start: bytes, status: int | None
) -> None:
    receiver.then = drip(start, receiver.over)
    result = send_in_time(transport, receiver.url)
    if status is None:
        assert isinstance(result, Failure)
        assert result.kind in {FailureKind.TIMEOUT, FailureKind.BROKEN}
    else:
        assert isinstance(result, Response)  # its status line said what became of the message
        assert result.status == status


def test_a_receiver_that_hangs_is_left_after_the_timeout(
    transport: HttpTransport, receiver: Receiver
) -> None:
    receiver.then = hang(receiver.over)
    result = send_in_time(transport, receiver.url)
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.TIMEOUT
    assert result.duration_ms >= TIMEOUT_S * 1_000 * 0.9


def test_a_receiver_that_does_not_read_is_left_after_the_timeout(transport: HttpTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        result = send_in_time(transport, url, b"x" * 20_000_000)
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize(
    "behaviour",
    [
        reset,
        say(b""),
        say(b"SSH-2.0-OpenSSH_9.6\r\n"),
        say(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n"),
        say(b"HTTP/1.1 abc\r\n\r\n"),
    ],
)
def test_a_broken_answer_is_a_failure(
    transport: HttpTransport, receiver: Receiver, behaviour: Callable[..., None]
) -> None:
    receiver.then = behaviour
    result = send_in_time(transport, receiver.url)
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.BROKEN


def test_nobody_listening_is_a_failure(transport: HttpTransport, receiver: Receiver) -> None:
    receiver.close()
    result = send_in_time(transport, receiver.url)
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.REFUSED


def test_a_receiver_without_tls_is_a_failure(transport: HttpTransport, receiver: Receiver) -> None:
    result = send_in_time(transport, receiver.url.replace("http:", "https:"))
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.TLS


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://[::1", "http://127.0.0.1/\n"])
def test_an_unusable_address_is_a_failure(transport: HttpTransport, url: str) -> None:
    result = transport.send(prepared(url))
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.UNSENDABLE


def test_a_name_that_has_no_address_is_a_failure() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port}")

    transport = HttpTransport(SystemClock(), timeout_s=TIMEOUT_S, guard=LOOPBACK, resolve=resolve)
    result = send_in_time(transport, "http://no.such.host.invalid/")
    transport.close()
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.UNRESOLVED


def test_a_name_look_up_that_hangs_does_not_hold_a_sender(receiver: Receiver) -> None:
    answered = Event()

    def resolve(_host: str, _port: int) -> list[str]:
        answered.wait()
        return []

    transport = HttpTransport(SystemClock(), timeout_s=TIMEOUT_S, guard=LOOPBACK, resolve=resolve)
    result = send_in_time(transport, "http://slow.dns.invalid/")
    answered.set()
    transport.close()
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.TIMEOUT


def test_the_connection_goes_to_the_first_address_that_accepts(receiver: Receiver) -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.2", "127.0.0.1"]  # nobody listens at the first

    transport = HttpTransport(SystemClock(), timeout_s=TIMEOUT_S, guard=LOOPBACK, resolve=resolve)
    result = transport.send(prepared(f"http://inspectors.example:{receiver.port}/hook"))
    transport.close()
    assert isinstance(result, Response)
    assert asked == [("inspectors.example", receiver.port)]
    assert receiver.next().headers["host"] == f"inspectors.example:{receiver.port}"


@contextmanager
def swallowing(host: str, port: int) -> Iterator[None]:
    """Nobody answers connection attempts at this address: the listener's backlog is full."""
    with ExitStack() as stack:
        stack.enter_context(socket.create_server((host, port), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((host, port))
        yield


def test_an_address_that_swallows_packets_leaves_time_for_the_next(receiver: Receiver) -> None:
    transport = HttpTransport(
        SystemClock(),
        timeout_s=TIMEOUT_S,
        guard=LOOPBACK,
        resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"],
    )
    with swallowing("127.0.0.2", receiver.port):
        result = transport.send(prepared(f"http://inspectors.example:{receiver.port}/hook"))
    transport.close()
    assert isinstance(result, Response)
    assert result.duration_ms >= TIMEOUT_S * 1_000 / 2 * 0.9


def test_only_addresses_that_swallow_packets_cost_one_timeout(receiver: Receiver) -> None:
    transport = HttpTransport(
        SystemClock(),
        timeout_s=TIMEOUT_S,
        guard=LOOPBACK,
        resolve=lambda _host, _port: ["127.0.0.2"] * 3,
    )
    with swallowing("127.0.0.2", receiver.port):
        result = send_in_time(transport, f"http://inspectors.example:{receiver.port}/hook")
    transport.close()
    assert isinstance(result, Failure)
    assert result.kind is FailureKind.TIMEOUT
