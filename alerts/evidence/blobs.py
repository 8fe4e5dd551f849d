"""Files by their SHA-256: written once, never changed, checked whenever they are read."""

import os
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from core.errors import EvidenceDamagedError


class BlobDir:
    """A directory of files named by their content; any number of processes may share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, content: bytes) -> str:
        """Store a file and return its SHA-256; it is on disk when this returns.

        One that is there and damaged is replaced.

        Raises: OSError: there is no room, or it may not be written.
        """
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            partial = path.with_name(f"{digest}.{uuid4().hex}.partial")
            try:
                with partial.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                partial.rename(path)
            finally:
                partial.unlink(missing_ok=True)
        # Also where it was there: whoever wrote it may not have come to this yet.
        _sync_directory(path.parent)
        _sync_directory(self._directory)
        return digest

    def read(self, digest: str) -> bytes:
        """Return a file.

        Raises: EvidenceDamagedError: it is gone, or it is not what it was.
        """
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise EvidenceDamagedError(f"file {digest} is gone from the blob directory") from None
        if sha256(content).hexdigest() != digest:
            raise EvidenceDamagedError(f"file {digest} is not what was stored under that name")
        return content

    def _path(self, digest: str) -> Path:
        return self._directory / digest[:2] / digest


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
