"""`trapwatch up` as a person uses it: addresses, a second start, Ctrl-C, a killed process."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic

import httpx
import psycopg
import pytest

from trapwatch.stack.lock import FileLock
from trapwatch.stack.tree import Tree
from trapwatch.stack.wait import wait_until


@dataclass
class Up:
    process: subprocess.Popen[str]
    output: Path

    def text(self) -> str:
        return self.output.read_text("utf-8")

    def await_text(self, text: str, timeout_s: float = 90.0) -> None:
        seen = wait_until(lambda: text in self.text() or self.process.poll() is not None, timeout_s)
        assert seen, self.text()
        assert text in self.text(), self.text()

    def address(self, name: str) -> str:
        found = re.search(rf"^  {name} +(\S+)", self.text(), re.MULTILINE)
        assert found, self.text()
        return found[1]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


@pytest.fixture
def data_dir(service_tree: Tree, tmp_path: Path) -> Path:
    directory = tmp_path / "var"
    directory.mkdir()
    (directory / "services").symlink_to(service_tree.path.resolve())
    return directory


@contextmanager
def _up(data_dir: Path, **settings: str) -> Iterator[Up]:
    ours = {key: value for key, value in os.environ.items() if not key.startswith("TRAPWATCH_")}
    environment = {**ours, "TRAPWATCH_STACK__DATA_DIR": str(data_dir), **settings}
    with NamedTemporaryFile("w", dir=data_dir, prefix="output-", delete=False) as stream:
        output = Path(stream.name)
        process = subprocess.Popen(
            [sys.executable, "-m", "trapwatch", "up"],
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield Up(process, output)
    finally:
        process.kill()
        process.wait()


def _log_in(up: Up) -> None:
    """As the administrator whom the first start made."""
    found = re.search(r"^  Account +(\S+) +(\S+)$", up.text(), re.MULTILINE)
    assert found, up.text()
    with httpx.Client(base_url=up.address("Page"), headers={"Accept": "text/html"}) as browser:
        assert browser.get("/").headers["location"] == "/login?next=%2F"
        form = {"name": found[1], "password": found[2]}
        assert browser.post("/login", data=form).status_code == 303
        assert browser.get("/").status_code == 200


def _all_free(data_dir: Path) -> bool:
    for name in ("up.lock", "postgres/lock", "broker/lock"):
        FileLock(data_dir / name, timeout_s=10).release()
    return True


def test_up_serves_prints_its_addresses_and_stops_on_ctrl_c(data_dir: Path) -> None:
    with _up(data_dir) as up:
        up.await_text("Ctrl-C to stop")
        _log_in(up)
        assert httpx.get(up.address("API").removesuffix("/api/v1") + "/readyz").status_code == 200
        with psycopg.connect(up.address("Database")) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM rule").fetchone() == (True,)
        with _up(data_dir) as second:
            assert second.process.wait(timeout=30) == 1
            assert "already runs" in second.text()
            assert up.address("Page") in second.text()
        assert up.interrupt() == 0
        assert "Stopped." in up.text()
        assert "Traceback" not in up.text()
    assert _all_free(data_dir)


def test_a_killed_process_is_started_again(data_dir: Path) -> None:
    with _up(data_dir) as up:
        up.await_text("Ctrl-C to stop")
        victim = _child(up.process.pid, "ingest")
        os.kill(victim, signal.SIGKILL)
        up.await_text("ingest started again", timeout_s=30)
        assert _child(up.process.pid, "ingest") != victim
        assert up.interrupt() == 0


def test_nothing_outlives_a_killed_up_and_the_next_start_works(data_dir: Path) -> None:
    with _up(data_dir) as up:
        up.await_text("Ctrl-C to stop")
        children = [os.pidfd_open(_child(up.process.pid, name)) for name in ("ingest", "api")]
        up.process.kill()
        up.process.wait()
        assert _all_free(data_dir)
        for pidfd in children:
            assert _ends(pidfd, timeout_s=10)
            os.close(pidfd)
    with _up(data_dir) as up:
        up.await_text("Ctrl-C to stop")
        assert up.interrupt() == 0


def test_interrupted_at_the_start_it_stops_what_runs(data_dir: Path) -> None:
    with _up(data_dir) as up:
        up.await_text("Broker: ready")
        assert up.interrupt() == 0
        assert "Traceback" not in up.text()
    assert _all_free(data_dir)


def test_a_given_port_that_is_taken_is_an_error_naming_the_setting(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = str(stranger.getsockname()[1])
        with _up(data_dir, TRAPWATCH_API__PORT=port) as up:
            assert up.process.wait(timeout=60) == 1
            assert "TRAPWATCH_API__PORT" in up.text()
    assert _all_free(data_dir)


def test_a_port_that_a_stranger_takes_meanwhile_is_left_to_it(data_dir: Path) -> None:
    with _up(data_dir, TRAPWATCH_API__PORT="0") as up:
        up.await_text("API gets")
        found = re.search(r"API gets (\d+)", up.text())
        assert found, up.text()
        with socket.create_server(("127.0.0.1", int(found[1]))):
            up.await_text("Ctrl-C to stop")
            assert f":{found[1]}/" not in up.address("Page")
            _log_in(up)
            assert up.interrupt() == 0


def _child(parent: int, name: str, timeout_s: float = 10) -> int:
    """Return the id of `trapwatch <name>` below ``parent``.

    It is asked for more than once: a program that has just been started shows no words for a
    moment (its arguments are written after its parent went on), longer on a busy machine.
    """
    deadline_s = monotonic() + timeout_s
    while (child := _find_child(parent, name)) is None:
        assert monotonic() < deadline_s, f"no process {name} below {parent}"
    return child


def _find_child(parent: int, name: str) -> int | None:
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            words = (status.parent / "cmdline").read_bytes().split(b"\0")
            if f"\nPPid:\t{parent}\n" in status.read_text() and name.encode() in words:
                return int(status.parent.name)
        except OSError:
            continue
    return None


def _ends(pidfd: int, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))
