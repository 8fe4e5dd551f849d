"""The demo's own webhook receiver: where it listens and what it shares with the platform."""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from trapwatch.stack import ports


@dataclass(frozen=True, slots=True)
class DemoReceiver:
    """A receiver on loopback; port and secret stay the same from start to start."""

    port: int
    secret: str

    @classmethod
    def in_directory(cls, data_dir: Path) -> "DemoReceiver":
        """Return the receiver of one data directory, made up at the first call."""
        data_dir.mkdir(parents=True, exist_ok=True)
        file = data_dir / "receiver.secret"
        if not file.exists():
            partial = file.with_suffix(".partial")
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="ascii") as writer:
                writer.write("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
            partial.rename(file)
        port = ports.remembered(data_dir / "receiver.port")
        return cls(port, file.read_text("ascii").strip())

    @property
    def url(self) -> str:
        """The address that the platform is told."""
        return f"http://{ports.LOOPBACK}:{self.port}/"

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command that runs it."""
        return ("simulate", "receiver", "--port", str(self.port), "--secret", self.secret)
