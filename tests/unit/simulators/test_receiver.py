import http.client
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from core.clock import SystemClock
from simulators.receiver import Failure, WebhookReceiver, signature_problem

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(SECRET) as running:
        yield running


def signed(body: bytes, at_s: int | None = None) -> dict[str, str]:
    """Headers made by the reference library."""
    at_s = SystemClock().now_us() // 1_000_000 if at_s is None else at_s
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(at_s, UTC), body.decode())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature,
    }


def post(
    receiver: WebhookReceiver, body: bytes, headers: dict[str, str]
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=5)
    connection.request("POST", "/hook", body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_what_the_reference_library_signed_is_accepted(receiver: WebhookReceiver) -> None:
    body = json.dumps({"name": "王家小馆"}).encode()
    assert post(receiver, body, signed(body)).status == 204
    assert receiver.wait_for(lambda seen: len(seen) == 1, 5)
    (delivery,) = receiver.deliveries
    assert delivery.problem is None
    assert delivery.webhook_id == "msg_1"
    assert delivery.json() == {"name": "王家小馆"}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"webhook-id": "msg_2"}, "no version 1 signature fits"),
        ({"webhook-signature": "v2,abc v1,abc"}, "no version 1 signature fits"),
        ({"webhook-id": ""}, "missing header: webhook-id"),
        ({"webhook-timestamp": "soon"}, "webhook-timestamp is not a number of seconds"),
    ],
)
def test_a_changed_request_is_not_the_owners(changed: dict[str, str], problem: str) -> None:
    headers = {**signed(b"{}", 1_000), **changed}
    assert signature_problem(SECRET, headers, b"{}", 1_000) == problem


def test_one_fitting_signature_of_several_is_enough() -> None:
    headers = signed(b"{}", 1_000)
    headers["webhook-signature"] = "v1,AAAA " + headers["webhook-signature"]
    assert signature_problem(SECRET, headers, b"{}", 1_000) is None


@pytest.mark.parametrize(
    ("off_s", "fits"), [(300, True), (301, False), (-300, True), (-301, False)]
)
def test_the_timestamp_may_be_five_minutes_off(off_s: int, fits: bool) -> None:
    problem = signature_problem(SECRET, signed(b"{}", 1_000), b"{}", 1_000 + off_s)
    assert (problem is None) == fits


def test_an_unsigned_request_is_refused_and_recorded(receiver: WebhookReceiver) -> None:
    assert post(receiver, b"{}", {}).status == 401
    (delivery,) = receiver.deliveries
    assert delivery.problem is not None
    assert delivery.answered == 401


def test_the_first_requests_fail_as_asked(receiver: WebhookReceiver) -> None:
    receiver.fail(Failure(status=429, retry_after_s=7), count=2)
    answers = [post(receiver, b"{}", signed(b"{}")) for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 204]
    assert answers[0].headers["Retry-After"] == "7"
    assert [delivery.answered for delivery in receiver.deliveries] == [429, 429, 204]


def test_a_redirect_names_its_place(receiver: WebhookReceiver) -> None:
    receiver.fail(Failure(kind="redirect", location="http://127.0.0.1:9/"))
    answer = post(receiver, b"{}", signed(b"{}"))
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:9/")


def test_a_reset_is_seen_as_one(receiver: WebhookReceiver) -> None:
    receiver.fail(Failure(kind="reset"))
    with pytest.raises(ConnectionError):
        post(receiver, b"{}", signed(b"{}"))
    assert receiver.wait_for(lambda seen: len(seen) == 1, 5)


def test_a_silent_receiver_lets_go_when_it_closes() -> None:
    with WebhookReceiver(SECRET) as receiver:
        receiver.fail(Failure(kind="timeout"))
        connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=10)
        connection.request("POST", "/hook", b"{}", signed(b"{}"))
        assert receiver.wait_for(lambda seen: len(seen) == 1, 5)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        connection.getresponse()
    connection.close()


def test_a_request_whose_sender_died_within_it_is_none(receiver: WebhookReceiver) -> None:
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as sender:
        sender.sendall(b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(1) == b""
    assert receiver.deliveries == []


def test_an_unknown_way_to_fail_is_refused() -> None:
    with pytest.raises(ValueError, match="explode"):
        Failure(kind="explode")
