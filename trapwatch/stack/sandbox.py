"""Runs one command out of the service tree, as one of the tree's accounts, with bubblewrap.

The sandbox shares the network, so servers listen on the machine's loopback. It has a process
namespace of its own whose first process is bubblewrap's reaper; that one dies with the thread
that started the sandbox, and the namespace with it: killing `trapwatch up` in any way leaves
nothing behind. (The server itself cannot be that first process: it has another user, and a parent
without capabilities may not send it its death signal.) Start servers from a thread that lives as
long as they shall, in practice the main one.
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from trapwatch.stack.errors import StackError
from trapwatch.stack.log_tail import tail
from trapwatch.stack.tree import Tree
from trapwatch.stack.wait import wait_until

_FILES_MAX = 65_536
_NS_PID_2 = re.compile(r"^NSpid:.*\t2$", re.MULTILINE)


class Sandbox:
    """The tree, read-only, with ``directory`` (if any) writable at /data."""

    def __init__(self, tree: Tree, account: str, directory: Path | None = None) -> None:
        """Prepare to run as ``account`` of the tree; nothing is started yet.

        Raises: StackError: the tree is not there, or bubblewrap is not installed.
        """
        if not tree.path.is_dir():
            raise StackError(f"no service tree at {tree.path}: run `make setup`")
        if shutil.which("bwrap") is None:
            raise StackError("bubblewrap (bwrap) is not installed: run `make setup`")
        self.tree = tree
        self.account = tree.accounts[account]
        self.directory = directory
        self._privileged = os.geteuid() == 0

    def own(self, path: Path) -> None:
        """Give ``path`` to the sandbox's account; it already is its own without privileges."""
        if self._privileged:
            os.chown(path, self.account.uid, self.account.gid)

    def argv(self, command: Sequence[str], *options: str) -> list[str]:
        """Return the command line that runs ``command`` in the sandbox."""
        uid, gid = str(self.account.uid), str(self.account.gid)
        line = ["bwrap", "--die-with-parent", "--unshare-pid", *options]
        if not self._privileged:
            line += ["--unshare-user", "--uid", uid, "--gid", gid]
        line += ["--ro-bind", str(self.tree.path), "/", "--dev", "/dev", "--proc", "/proc"]
        line += ["--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--tmpfs", "/run"]
        if self.directory is not None:
            line += ["--bind", str(self.directory), "/data"]
        line += ["--chdir", "/", "--clearenv", "--setenv", "LANG", "C.UTF-8"]
        line += ["--setenv", "PATH", "/usr/lib/postgresql/17/bin:/usr/sbin:/usr/bin", "--"]
        if self._privileged:
            line += ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"]
        return [*line, *command]

    def run(
        self, command: Sequence[str], stdin: bytes = b"", timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a short command to its end and return its output and exit code."""
        return subprocess.run(
            self.argv(command), input=stdin, capture_output=True, timeout=timeout_s, check=False
        )

    def spawn(
        self, command: Sequence[str], log: Path, inherited: Sequence[int] = ()
    ) -> "SandboxedProcess":
        """Start a server in the sandbox; its output is appended to ``log``.

        ``inherited`` descriptors (locks) stay open in the server.

        Raises: StackError: the sandbox could not be set up.
        """
        # Thousands of gateways are thousands of sockets; the usual soft limit is 1024.
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], _FILES_MAX)
        limited = ["prlimit", f"--nofile={files}:{files}", "--", *command]
        reader, writer = os.pipe()
        try:
            with log.open("ab") as output:
                process = subprocess.Popen(
                    self.argv(limited, "--info-fd", str(writer)),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(writer, *inherited),
                    start_new_session=True,  # Ctrl-C is for `trapwatch up`, which stops in order
                )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            told = stream.read()
        try:
            return SandboxedProcess(process, json.loads(told)["child-pid"])
        except (ValueError, KeyError):
            process.kill()
            process.wait()
            raise StackError(
                f"the sandbox did not start:\n{tail(log, 5)}\nbubblewrap needs root or user "
                "namespaces; where neither is allowed, use `docker compose up`."
            ) from None


class SandboxedProcess:
    """A running server: bubblewrap outside, its reaper and the server inside."""

    def __init__(self, process: subprocess.Popen[bytes], reaper_pid: int) -> None:
        self._process = process
        self._reaper_pid = reaper_pid

    def poll(self) -> int | None:
        """Return the exit code, or None while the server runs."""
        return self._process.poll()

    def server_pid(self) -> int | None:
        """Return the server's process id on this machine, or None before or after its life."""
        # Bubblewrap ends with its reaper, so while it runs the reaper's id is not another's.
        return None if self.poll() is not None else _second_in_namespace(self._reaper_pid)

    def send(self, number: signal.Signals) -> None:
        """Signal the server itself; nothing happens if it is gone."""
        pid = self.server_pid()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def wait(self, timeout_s: float) -> bool:
        """Return whether the server has ended, waiting at most ``timeout_s``."""
        return wait_until(lambda: self.poll() is not None, timeout_s)

    def kill(self) -> None:
        """End the server and everything in its namespace at once."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._reaper_pid, signal.SIGKILL)
        if not self.wait(5.0):
            self._process.kill()
        self._process.wait()


def _second_in_namespace(first_pid: int) -> int | None:
    """Return the process whose parent is ``first_pid`` and which has id 2 in its namespace."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            text = status.read_text("ascii", "replace")
            if f"\nPPid:\t{first_pid}\n" in text and _NS_PID_2.search(text):
                return int(status.parent.name)
    return None
