"""Runs one command out of the service tree, as one of the tree's accounts, with bubblewrap.

The sandbox shares the network, so servers listen on the machine's loopback. It has a process
namespace of its own, and its first process dies with the thread that started it: killing
`trapwatch up` in any way leaves nothing behind. Start servers from a thread that lives as long
as they shall, in practice the main one.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from trapwatch.stack.errors import StackError
from trapwatch.stack.log_tail import tail
from trapwatch.stack.tree import Tree
from trapwatch.stack.wait import wait_until

_FILES_MAX = 65_536


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
            # Changing the user clears the death signal (prctl(2)); setpriv sets it again.
            line += ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
            line += ["--pdeathsig", "KILL", "--"]
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
        """Start a server as first process of its namespace; its output is appended to ``log``.

        ``inherited`` descriptors (locks) stay open in the server.

        Raises: StackError: the sandbox could not be set up.
        """
        # Thousands of gateways are thousands of sockets; the usual soft limit is 1024.
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], _FILES_MAX)
        limited = ["prlimit", f"--nofile={files}:{files}", "--", *command]
        reader, writer = os.pipe()
        try:
            with log.open("ab") as output:
                options = ("--as-pid-1", "--info-fd", str(writer))
                process = subprocess.Popen(
                    self.argv(limited, *options),
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
            return SandboxedProcess(process, os.pidfd_open(json.loads(told)["child-pid"]))
        except (ValueError, KeyError, ProcessLookupError):
            process.kill()
            process.wait()
            raise StackError(
                f"the sandbox did not start:\n{tail(log, 5)}\nbubblewrap needs root or user "
                "namespaces; where neither is allowed, use `docker compose up`."
            ) from None


class SandboxedProcess:
    """A running server: bubblewrap outside, the server as first process inside."""

    def __init__(self, process: subprocess.Popen[bytes], pidfd: int) -> None:
        self._process = process
        self._pidfd = pidfd

    def poll(self) -> int | None:
        """Return the exit code, or None while the server runs."""
        code = self._process.poll()
        if code is not None and self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1
        return code

    def send(self, number: signal.Signals) -> None:
        """Signal the server itself; nothing happens if it is gone."""
        if self.poll() is None:
            try:
                signal.pidfd_send_signal(self._pidfd, number)
            except ProcessLookupError:
                return

    def wait(self, timeout_s: float) -> bool:
        """Return whether the server has ended, waiting at most ``timeout_s``."""
        return wait_until(lambda: self.poll() is not None, timeout_s)

    def kill(self) -> None:
        """End the server and everything in its namespace at once."""
        self.send(signal.SIGKILL)
        if not self.wait(5.0):
            self._process.kill()
            self._process.wait()
            self.poll()
