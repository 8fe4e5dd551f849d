"""Mosquitto as an embedded server, configured by the one ``mosquitto.conf`` of this product."""

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from trapwatch.stack.errors import StackError
from trapwatch.stack.paths import CHECKOUT
from trapwatch.stack.ports import LOOPBACK
from trapwatch.stack.server import EmbeddedServer
from trapwatch.stack.tree import Tree

CONFIG = CHECKOUT / "mosquitto.conf"


def derive_config(text: str, replaced: Mapping[str, str]) -> str:
    """Return a ``mosquitto.conf`` in which each named directive has another value.

    Raises: StackError: a directive does not occur exactly once.
    """
    lines = text.splitlines()
    for directive, value in replaced.items():
        hits = [number for number, line in enumerate(lines) if line.split(" ")[0] == directive]
        if len(hits) != 1:
            raise StackError(f"mosquitto.conf: `{directive}` occurs {len(hits)} times, expected 1")
        lines[hits[0]] = f"{directive} {value}"
    return "\n".join(lines) + "\n"


class EmbeddedBroker(EmbeddedServer):
    """A broker with its store in ``<directory>/data``, on loopback."""

    name = "Mosquitto"
    account = "mosquitto"
    stop_signals = ((signal.SIGTERM, 20.0),)  # writes its store, then ends

    def __init__(
        self, tree: Tree, directory: Path, port: int | None = None, config: Path = CONFIG
    ) -> None:
        """Prepare a broker that runs with ``config``, save for listener and store."""
        super().__init__(tree, directory, port)
        self.config = config

    @property
    def url(self) -> str:
        """The broker's address as Trapwatch's settings take it."""
        return f"mqtt://{LOOPBACK}:{self.port}"

    def mosquitto_pub(self, *arguments: str, stdin: bytes = b"") -> None:
        """Run Mosquitto's own publisher against this broker, e.g. ``"-t", "a/b", "-m", "x"``.

        ``-s`` publishes ``stdin`` as one payload, any bytes.

        Raises: StackError: it fails; the message has its words.
        """
        self._client("mosquitto_pub", arguments, stdin)

    def mosquitto_sub(self, *arguments: str, timeout_s: float = 30.0) -> bytes:
        """Run Mosquitto's own subscriber and return what it prints; use ``-C`` to end it.

        Raises: StackError: it fails, or nothing ended it in time.
        """
        return self._client("mosquitto_sub", arguments, b"", timeout_s)

    def _client(
        self, program: str, arguments: tuple[str, ...], stdin: bytes, timeout_s: float = 30.0
    ) -> bytes:
        command = [program, "-h", LOOPBACK, "-p", str(self.port), *arguments]
        try:
            done = self.sandbox.run(command, stdin, timeout_s)
        except subprocess.TimeoutExpired:
            raise StackError(f"{program} did not end within {timeout_s} s") from None
        if done.returncode != 0:
            raise StackError(f"{program}: {done.stderr.decode('utf-8', 'replace').strip()}")
        return done.stdout

    def _prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.sandbox.own(self.data)

    def _command(self) -> list[str]:
        replaced = {"listener": f"{self.port} {LOOPBACK}", "persistence_location": "/data/"}
        derived = self.data / "mosquitto.conf"
        derived.write_text(derive_config(self.config.read_text("utf-8"), replaced), "utf-8")
        self.sandbox.own(derived)
        return ["mosquitto", "-c", "/data/mosquitto.conf"]

    def _answers(self) -> bool:
        return True  # it restores its store before it listens
