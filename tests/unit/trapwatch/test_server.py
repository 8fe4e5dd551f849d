"""The HTTP server's socket."""

import socket

from trapwatch.commands.server import listen_on


def test_connections_do_not_hold_small_packets_back() -> None:
    with (
        listen_on("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
