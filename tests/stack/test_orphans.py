"""Nothing survives the process that started the stack, however that process ends."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trapwatch.stack.lock import FileLock
from trapwatch.stack.tree import Tree

_PARENT = """
import json, os, sys
from pathlib import Path
from trapwatch.stack.child import Child
from trapwatch.stack.services import EmbeddedServices
from trapwatch.stack.tree import Tree
directory = Path(sys.argv[2])
services = EmbeddedServices(Tree(Path(sys.argv[1])), directory)
services.start()
child = Child("child", ["sleep", "infinity"], dict(os.environ), directory / "child.log")
child.start()
print(child.pid, flush=True)
sys.stdin.read()
services.stop()
child.kill()
"""


def _holders(lock: Path) -> list[int]:
    """Return the processes that have ``lock`` open: servers inherit their directory's."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and any(
                os.readlink(fd) == str(lock) for fd in (entry / "fd").iterdir()
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _all_end(pidfds: list[int], timeout_s: float) -> bool:
    waiting = select.poll()
    for pidfd in pidfds:
        waiting.register(pidfd, select.POLLIN)
    alive = set(pidfds)
    while alive:
        ended = waiting.poll(timeout_s * 1000)
        if not ended:
            return False
        for pidfd, _ in ended:
            waiting.unregister(pidfd)
            alive.discard(pidfd)
            os.close(pidfd)
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killing_the_parent_ends_servers_and_processes(
    number: signal.Signals, service_tree: Tree, tmp_path: Path
) -> None:
    arguments = [sys.executable, "-c", _PARENT, str(service_tree.path), str(tmp_path)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(parent.stdout.readline())]
        locks = [tmp_path / name / "lock" for name in ("postgres", "broker")]
        for lock in locks:
            holders = _holders(lock)
            assert holders
            pids += holders
        pidfds = [os.pidfd_open(pid) for pid in pids]
        parent.send_signal(number)  # its default action: no chance to clean up
        assert _all_end(pidfds, timeout_s=10)
    for lock in locks:
        FileLock(lock).release()
