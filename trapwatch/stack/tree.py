"""The private Debian 13 tree that holds PostgreSQL, TimescaleDB and Mosquitto.

Built under a temporary name and renamed when complete: a tree that exists is a whole one, at
whatever moment an earlier build was interrupted.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from trapwatch.stack.errors import LockedError, StackError
from trapwatch.stack.lock import FileLock

SUITE = "trixie"
PACKAGES = ("postgresql-17-timescaledb", "mosquitto", "mosquitto-clients")
_FINGERPRINT = {"suite": SUITE, "packages": list(PACKAGES), "layout": 1}
_MANIFEST = "etc/trapwatch-tree.json"
_PARTIAL = ".partial-"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Account:
    """A system account inside the tree."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Tree:
    """A complete tree at ``path``."""

    path: Path

    @property
    def is_current(self) -> bool:
        """Whether the tree exists and holds the packages this version asks for."""
        try:
            return bool(json.loads((self.path / _MANIFEST).read_text("utf-8")) == _FINGERPRINT)
        except (OSError, ValueError):
            return False

    @cached_property
    def accounts(self) -> dict[str, Account]:
        """The tree's system accounts by name."""
        lines = (self.path / "etc/passwd").read_text("utf-8").splitlines()
        rows = [line.split(":") for line in lines if line]
        return {row[0]: Account(int(row[2]), int(row[3])) for row in rows}

    @property
    def lock_path(self) -> Path:
        """Held shared by whatever runs out of the tree, exclusively by who replaces it."""
        return self.path.with_name(self.path.name + ".lock")


def build_tree(path: Path, mirror: Callable[[], str], report: Report = lambda _line: None) -> Tree:
    """Return the tree at ``path``, building it first if it is missing or out of date.

    ``report`` is told what mmdebstrap is doing, line by line. About 30 s and 540 MB.

    Raises: StackError: a tool is missing or the build failed; the message says what to do.
    """
    tree = Tree(path)
    if tree.is_current:
        return tree
    with FileLock(path.with_name(path.name + ".build.lock"), timeout_s=600):
        if Tree(path).is_current:  # another set-up finished it while this one waited
            return tree
        for leftover in path.parent.glob(f"{path.name}{_PARTIAL}*"):
            report(f"removing {leftover.name}, left by an interrupted build")
            remove_tree(leftover)
        partial = path.with_name(f"{path.name}{_PARTIAL}{os.getpid()}")
        try:
            _debootstrap(partial, mirror(), report)
            (partial / "data").mkdir(exist_ok=True)
            (partial / _MANIFEST).write_text(json.dumps(_FINGERPRINT), "utf-8")
            _swap_in(partial, tree, report)
        finally:
            remove_tree(partial)
    return tree


def _swap_in(partial: Path, tree: Tree, report: Report) -> None:
    old = tree.path.with_name(f"{tree.path.name}{_PARTIAL}old")
    try:
        with FileLock(tree.lock_path):
            if tree.path.exists():
                report("replacing the former tree")
                tree.path.rename(old)
            partial.rename(tree.path)
    except LockedError:
        raise StackError(
            f"{tree.path} is out of date but in use; stop `trapwatch up` and the tests first"
        ) from None
    remove_tree(old)


def _debootstrap(target: Path, mirror: str, report: Report) -> None:
    """Fill ``target`` from ``mirror``, as root directly, otherwise in a user namespace."""
    if shutil.which("mmdebstrap") is None:
        raise StackError("mmdebstrap is not installed: `make setup` installs it")
    privileged = os.geteuid() == 0
    common = [
        "--variant=apt",
        f"--include={','.join(PACKAGES)}",
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Retries "3"',
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        *_proxy_options(),
    ]
    if privileged:
        # In a process namespace of its own, so that killing us ends apt and dpkg too.
        guard = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command = [*guard, "mmdebstrap", "--mode=root", *common, SUITE, str(target), mirror]
        _run(["setpriv", "--pdeathsig", "KILL", "--", *command], report)
        return
    # Through an archive: so the files belong to the caller, who can remove them again.
    archive = target.with_name(target.name + ".tar")
    try:
        command = ["mmdebstrap", "--mode=unshare", *common, SUITE, str(archive), mirror]
        _run(["setpriv", "--pdeathsig", "TERM", "--", *command], report)
        report("unpacking the tree")
        target.mkdir(parents=True)
        extract = ["tar", "--extract", "--file", str(archive), "--directory", str(target)]
        _run([*extract, "--no-same-owner", "--exclude=./dev/*"], report)
    finally:
        archive.unlink(missing_ok=True)


def _proxy_options() -> list[str]:
    """Repeat the machine's own apt proxy; mmdebstrap starts from an empty configuration."""
    options = []
    for kind in ("http", "https"):
        name = f"Acquire::{kind}::Proxy"
        shown = subprocess.run(
            ["apt-config", "shell", "value", name], capture_output=True, text=True, check=False
        ).stdout
        value = shown.partition("=")[2].strip().strip("'")
        if value:
            options.append(f'--aptopt={name} "{value}"')
    return options


def _run(command: list[str], report: Report) -> None:
    lines: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        assert process.stderr is not None  # asked for by PIPE
        for line in process.stderr:
            lines.append(line.rstrip())
            if line.startswith("I: "):
                report(line[3:].strip())
    if process.returncode != 0:
        said = "\n".join(lines[-20:])
        raise StackError(
            f"building the service tree failed (exit {process.returncode}):\n{said}\n"
            "Where neither root nor user namespaces are allowed, use `docker compose up` or point "
            "TRAPWATCH_DATABASE__URL and TRAPWATCH_MQTT__URL at running services."
        )


def mounts_below(path: Path) -> list[Path]:
    """Return what is mounted at or under ``path``, deepest first."""
    top = str(path.resolve())
    found = []
    for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines():
        point = line.split()[4].encode().decode("unicode_escape")
        if point == top or point.startswith(top + "/"):
            found.append(Path(point))
    return sorted(found, key=lambda point: len(point.parts), reverse=True)


def remove_tree(path: Path) -> None:
    """Delete ``path`` with everything below, never what is only mounted there.

    Raises: StackError: something is mounted there and this user may not unmount it.
    """
    if not path.exists():
        return
    for point in mounts_below(path):
        done = subprocess.run(["umount", "--lazy", str(point)], capture_output=True, check=False)
        if done.returncode != 0:
            raise StackError(f"{point} is mounted; unmount it as root, then repeat")
    subprocess.run(["rm", "-rf", "--one-file-system", "--", str(path)], check=True)
