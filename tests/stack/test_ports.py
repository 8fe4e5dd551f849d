import os
import socket
from pathlib import Path

from trapwatch.stack import ports


def test_a_listener_takes_its_port() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.is_listening(os.getpid(), port)
        assert not ports.is_listening(os.getppid(), port)
    assert ports.is_free(port)
    assert not ports.is_listening(os.getpid(), port)


def test_the_same_seed_gets_the_same_port_and_the_next_attempt_another() -> None:
    first = ports.choose("a directory")
    assert ports.choose("a directory") == first
    assert ports.choose("a directory", attempt=1) != first
    with socket.create_server((ports.LOOPBACK, first)):
        assert ports.choose("a directory") != first


def test_a_remembered_port_stays_until_it_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "port"
    port = ports.remembered(file)
    assert ports.remembered(file) == port
    with socket.create_server((ports.LOOPBACK, port)):
        other = ports.remembered(file)
    assert other != port
    assert ports.remembered(file) == other
    file.write_text("garbage")
    assert ports.remembered(file) == port
