"""Loopback ports that belong to one directory and stay the same from start to start."""

import socket
from hashlib import sha256
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below Linux's ephemeral range (32768-60999), so that an outgoing connection cannot take one.
_FIRST = 20_000
_COUNT = 12_000


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server could listen on ``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set this too: connections in TIME_WAIT must not make the port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def is_listening(pid: int, port: int) -> bool:
    """Return whether process ``pid`` itself, and not a stranger, listens on IPv4 ``port``."""
    # proc(5), /proc/net/tcp: local address, state (0A is LISTEN), inode as 2nd, 4th, 10th column.
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    wanted = {
        f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"
    }
    try:
        return any(fd.readlink().name in wanted for fd in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def choose(seed: str, attempt: int = 0) -> int:
    """Return a free port; the same ``seed`` gets the same port as long as it stays free.

    ``attempt`` moves on, for a port that was lost between this look and the server's start.

    Raises: OSError: none of the range is free.
    """
    start = int.from_bytes(sha256(seed.encode()).digest()[:4], "big") + attempt
    for step in range(_COUNT):
        port = _FIRST + (start + step) % _COUNT
        if is_free(port):
            return port
    raise OSError(f"no free port from {_FIRST} to {_FIRST + _COUNT - 1} on {LOOPBACK}")


def remembered(file: Path, attempt: int = 0) -> int:
    """Return the port written in ``file`` if it is free, else choose one and write it there.

    The seed is the file's own path, so two checkouts start from different ports.
    """
    if attempt == 0:
        try:
            port = int(file.read_text("ascii"))
        except (OSError, ValueError):
            port = 0
        if _FIRST <= port < _FIRST + _COUNT and is_free(port):
            return port
    port = choose(str(file.resolve()), attempt)
    file.write_text(f"{port}\n", "ascii")
    return port
