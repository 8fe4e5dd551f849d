"""A tree that exists is whole, whatever interrupted the builds before. The builder is a stand-in
for mmdebstrap, because a real build needs the network and half a minute."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trapwatch.stack.errors import StackError
from trapwatch.stack.lock import FileLock
from trapwatch.stack.sandbox import Sandbox
from trapwatch.stack.tree import Tree, build_tree

_MMDEBSTRAP = """#!/bin/sh
for word in "$@"; do before=$target target=$last last=$word; done
case "$target" in *.tar) root=$(mktemp -d) ;; *) root=$target ;; esac
mkdir -p "$root/etc" && echo half >"$root/etc/half"
echo "I: unpacking" >&2
if [ -p "$HANG" ]; then echo >"$HANG"; exec sleep 1000; fi
[ -z "$FAIL" ] || { echo "E: $FAIL" >&2; exit 1; }
echo "postgres:x:101:103::/:/bin/sh" >"$root/etc/passwd"
rm "$root/etc/half"
case "$target" in *.tar) tar -C "$root" -cf "$target" . && rm -r "$root" ;; esac
"""
_BUILD = """
import sys
from pathlib import Path
from trapwatch.stack.tree import build_tree
build_tree(Path(sys.argv[1]), lambda: "mirror")
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "mmdebstrap"
    program.parent.mkdir()
    program.write_text(_MMDEBSTRAP)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path / "var" / "services"


def test_a_built_tree_is_kept(path: Path) -> None:
    path.parent.mkdir()
    lines: list[str] = []
    tree = build_tree(path, lambda: "mirror", lines.append)
    assert tree.is_current
    assert tree.accounts["postgres"].uid == 101
    assert "unpacking" in lines
    lines.clear()
    build_tree(path, lambda: pytest.fail("built again"), lines.append)
    assert lines == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_is_repaired(
    number: signal.Signals, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    hang = tmp_path / "hang"
    os.mkfifo(hang)
    monkeypatch.setenv("HANG", str(hang))
    with subprocess.Popen(
        # A runner in the background of a shell ignores SIGINT, and its children inherit that.
        ["env", "--default-signal=INT", sys.executable, "-c", _BUILD, str(path)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as builder:
        hang.read_text()  # returns when the build is half-way
        if number == signal.SIGINT:  # a terminal sends it to the whole group
            os.killpg(builder.pid, number)
        else:
            builder.send_signal(number)
    assert not path.exists()
    monkeypatch.delenv("HANG")
    assert build_tree(path, lambda: "mirror").is_current
    assert not (path / "etc/half").exists()
    assert [entry.name for entry in path.parent.iterdir() if "partial" in entry.name] == []


def test_a_failed_build_says_what_failed_and_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    monkeypatch.setenv("FAIL", "no space left on device")
    with pytest.raises(StackError, match="no space left on device"):
        build_tree(path, lambda: "mirror")
    assert not any(entry.is_dir() for entry in path.parent.iterdir())


def test_an_outdated_tree_is_replaced_unless_in_use(path: Path) -> None:
    path.parent.mkdir()
    tree = build_tree(path, lambda: "mirror")
    manifest = path / "etc/trapwatch-tree.json"
    manifest.write_text("{}")
    with FileLock(tree.lock_path, shared=True), pytest.raises(StackError, match="in use"):
        build_tree(path, lambda: "mirror")
    assert manifest.read_text() == "{}"
    assert build_tree(path, lambda: "mirror").is_current


def test_a_missing_tree_says_what_to_do(path: Path) -> None:
    with pytest.raises(StackError, match="make setup"):
        Sandbox(Tree(path), "postgres")
