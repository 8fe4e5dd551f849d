"""Log files of child processes: their last lines, and a bound on their size."""

import shutil
from pathlib import Path

SIZE_MAX_BYTES = 50_000_000


def tail(log: Path, line_count: int = 15) -> str:
    """Return the last lines of a log, or a note that there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 16_384))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return f"(no log at {log})"
    return "\n".join(lines[-line_count:]) or f"({log} is empty)"


def rotate(log: Path, size_max_bytes: int = SIZE_MAX_BYTES) -> None:
    """Move a log that grew too large to ``<name>.1``, replacing the one before.

    Copies and truncates, because the writer keeps its descriptor; it must append (O_APPEND).
    """
    try:
        if log.stat().st_size <= size_max_bytes:
            return
    except FileNotFoundError:
        return
    shutil.copyfile(log, log.with_suffix(log.suffix + ".1"))
    with log.open("r+b") as stream:
        stream.truncate(0)
