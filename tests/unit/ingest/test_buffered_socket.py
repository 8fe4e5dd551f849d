import socket
from collections.abc import Iterator

import pytest

from core.broker_address import BrokerAddress
from ingest.buffered_socket import BufferedSocket
from ingest.mqtt_client import BufferedClient, make_client


@pytest.fixture
def pair() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    buffered = BufferedSocket(ours)
    yield buffered, theirs
    buffered.close()
    theirs.close()


def test_bytes_come_out_in_order_whatever_pieces_are_asked_for(
    pair: tuple[BufferedSocket, socket.socket],
) -> None:
    buffered, theirs = pair
    theirs.sendall(b"abcdef")
    assert [buffered.recv(1), buffered.recv(2)] == [b"a", b"bc"]
    assert buffered.pending() == 3
    assert buffered.recv(100) == b"def"
    with pytest.raises(BlockingIOError):
        buffered.recv(1)
    theirs.close()
    assert buffered.recv(1) == b""


def test_what_is_sent_leaves_with_the_flush(pair: tuple[BufferedSocket, socket.socket]) -> None:
    buffered, theirs = pair
    assert buffered.send(b"ab") + buffered.send(bytearray(b"c")) == 3
    assert buffered.has_unsent
    buffered.flush()
    assert not buffered.has_unsent
    assert theirs.recv(10) == b"abc"


def test_what_the_network_does_not_take_stays(pair: tuple[BufferedSocket, socket.socket]) -> None:
    buffered, theirs = pair
    sent = b"x" * 10_000_000
    buffered.send(sent)
    buffered.flush()
    assert buffered.has_unsent
    received = 0
    while received < len(sent):
        received += len(theirs.recv(1_000_000))
        buffered.flush()
    assert not buffered.has_unsent


def test_a_lost_connection_shows_in_the_next_send(
    pair: tuple[BufferedSocket, socket.socket],
) -> None:
    buffered, theirs = pair
    theirs.close()
    buffered.send(b"x")
    buffered.flush()
    with pytest.raises(OSError, match=r"."):
        buffered.send(b"y")


def test_closing_flushes() -> None:
    ours, theirs = socket.socketpair()
    buffered = BufferedSocket(ours)
    buffered.send(b"bye")
    buffered.close()
    assert theirs.recv(10) == b"bye"
    theirs.close()


def test_paho_still_asks_for_its_socket_and_hands_over_messages_this_way() -> None:
    """The two inner methods that BufferedClient overrides; a new paho must be looked at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = BrokerAddress("127.0.0.1", server.getsockname()[1], False, None, None)
        client = make_client(address, "x", kind=BufferedClient)
        seen: list[bytes] = []
        client.on_message = lambda _client, _userdata, message: seen.append(message.payload)
        client.on_socket_register_write = lambda *_: None
        client.connect(address.host, address.port)
        connection = client.socket()
        assert isinstance(connection, BufferedSocket)
        client.loop_write()
        connection.flush()
        broker, _ = server.accept()
        assert broker.recv(1_000).startswith(b"\x10")
        broker.sendall(b"\x20\x02\x00\x00" + b"\x32\x07\x00\x01a\x00\x01hi")
        connection.setblocking(True)
        client.loop_read()
        client.loop_read()
        assert seen == [b"hi"]
        client.ack(1, 1)
        client.loop_write()
        connection.flush()
        assert broker.recv(100) == b"\x40\x02\x00\x01"
        broker.close()
        connection.close()
