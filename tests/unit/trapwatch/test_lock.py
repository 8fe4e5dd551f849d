import os
from pathlib import Path

import pytest

from trapwatch.stack.errors import LockedError
from trapwatch.stack.lock import FileLock


def test_a_lock_is_held_once_and_free_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    with FileLock(path), pytest.raises(LockedError, match="lock is held"):
        FileLock(path)
    FileLock(path).release()


def test_shared_holders_keep_an_exclusive_one_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path, shared=True), FileLock(path, shared=True), pytest.raises(LockedError):
        FileLock(path)


def test_an_inherited_descriptor_keeps_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    heir = os.dup(lock.fd)
    lock.release()
    with pytest.raises(LockedError):
        FileLock(path)
    os.close(heir)
    FileLock(path).release()
