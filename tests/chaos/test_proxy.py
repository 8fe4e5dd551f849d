"""The proxy itself: a fault that does not happen would prove nothing."""

import socket
from collections.abc import Iterator
from time import monotonic

import pytest

from tests.chaos.proxy import Direction, Proxy
from tests.processes import wait_until

_SMALL = b"reading"


class Pair:
    """A client behind the proxy and the server's end of the same link."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = Proxy(int(self.listener.getsockname()[1]))

    def connect(self) -> tuple[socket.socket, socket.socket]:
        client = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=5)
        server, _ = self.listener.accept()
        server.settimeout(5)
        return client, server


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    with made.proxy, made.listener:
        yield made


def receive(end: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = end.recv(count - len(data))
        assert part, f"ended after {len(data)} of {count} bytes"
        data += part
    return data


def test_bytes_arrive_unchanged_both_ways_however_many(pair: Pair) -> None:
    client, server = pair.connect()
    payload = bytes(range(256)) * 20_000
    with client, server:
        for sender, receiver in ((client, server), (server, client)):
            sender.settimeout(0)
            sent, got = 0, b""
            receiver.settimeout(5)
            while len(got) < len(payload):
                if sent < len(payload):
                    try:
                        sent += sender.send(payload[sent : sent + 65_536])
                    except BlockingIOError:
                        got += receiver.recv(65_536)
                else:
                    got += receiver.recv(65_536)
            assert got == payload
    assert pair.proxy.forwarded_bytes == 2 * len(payload)


def test_what_was_sent_before_the_end_still_arrives(pair: Pair) -> None:
    client, server = pair.connect()
    with server:
        client.sendall(_SMALL * 1_000)
        client.close()
        assert receive(server, 7_000) == _SMALL * 1_000
        assert server.recv(1) == b""


@pytest.mark.parametrize("reset", [True, False])
def test_a_cut_ends_both_sides_and_new_links_work(pair: Pair, *, reset: bool) -> None:
    client, server = pair.connect()
    with client, server:
        client.sendall(_SMALL)
        receive(server, len(_SMALL))
        pair.proxy.cut(reset=reset)
        for end in (client, server):
            if reset:
                with pytest.raises(ConnectionResetError):
                    end.recv(1)
            else:
                assert end.recv(1) == b""
    assert pair.proxy.link_count == 0
    client, server = pair.connect()
    with client, server:
        client.sendall(_SMALL)
        assert receive(server, len(_SMALL)) == _SMALL


def test_a_delay_holds_bytes_and_keeps_their_order(pair: Pair) -> None:
    client, server = pair.connect()
    with client, server:
        pair.proxy.delay(0.2)
        began_s = monotonic()
        client.sendall(b"1")
        wait_until(lambda: pair.proxy.forwarded_bytes == 1, "the first byte")
        pair.proxy.delay(0.0)
        client.sendall(b"2")
        assert receive(server, 2) == b"12"
        assert monotonic() - began_s >= 0.2


@pytest.mark.parametrize("direction", list(Direction))
def test_a_half_open_link_loses_one_direction_and_stays_open(
    pair: Pair, direction: Direction
) -> None:
    client, server = pair.connect()
    lost, kept = (client, server) if direction is Direction.UP else (server, client)
    with client, server:
        pair.proxy.swallow(direction)
        lost.sendall(_SMALL)
        wait_until(lambda: pair.proxy.swallowed_bytes == len(_SMALL), "the loss")
        kept.sendall(_SMALL)
        assert receive(lost, len(_SMALL)) == _SMALL
        kept.settimeout(0)
        with pytest.raises(BlockingIOError):
            kept.recv(1)
        pair.proxy.heal()
        kept.settimeout(5)
        with pytest.raises(ConnectionResetError):
            kept.recv(1)


def test_a_stranded_link_stays_dead_while_new_ones_work(pair: Pair) -> None:
    client, server = pair.connect()
    pair.proxy.strand(Direction.UP)
    with client, server:
        client.sendall(_SMALL)
        wait_until(lambda: pair.proxy.swallowed_bytes == len(_SMALL), "the loss")
        later_client, later_server = pair.connect()
        with later_client, later_server:
            later_client.sendall(_SMALL)
            assert receive(later_server, len(_SMALL)) == _SMALL
    assert pair.proxy.swallowed_bytes == len(_SMALL)


def test_the_end_of_a_swallowed_direction_disappears_too(pair: Pair) -> None:
    client, server = pair.connect()
    with server:
        pair.proxy.swallow(Direction.UP)
        client.close()
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.recv(1)
        assert pair.proxy.link_count == 1


def test_refusing_resets_old_and_new_links_until_healed(pair: Pair) -> None:
    client, server = pair.connect()
    with client, server:
        pair.proxy.refuse()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(("127.0.0.1", pair.proxy.port), timeout=5) as turned_away,
    ):
        turned_away.recv(1)
    assert pair.proxy.refused == 1
    pair.proxy.heal()
    client, server = pair.connect()
    with client, server:
        client.sendall(_SMALL)
        assert receive(server, len(_SMALL)) == _SMALL


def test_a_server_that_is_away_refuses_through_the_proxy(pair: Pair) -> None:
    pair.listener.close()
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(("127.0.0.1", pair.proxy.port), timeout=5) as turned_away,
    ):
        turned_away.recv(1)
    assert pair.proxy.refused == 1
