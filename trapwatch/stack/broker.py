"""Mosquitto as an embedded server, configured by the one ``mosquitto.conf`` of this product."""

import secrets
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from trapwatch.broker_accounts.initial import initial_file
from trapwatch.broker_accounts.roles import ADMIN, WORKER
from trapwatch.stack.errors import StackError
from trapwatch.stack.paths import CHECKOUT
from trapwatch.stack.ports import LOOPBACK
from trapwatch.stack.secret import kept_secret
from trapwatch.stack.server import EmbeddedServer
from trapwatch.stack.tree import Tree

CONFIG = CHECKOUT / "mosquitto.conf"
_ACCOUNTS = "dynamic-security.json"


def derive_config(text: str, replaced: Mapping[str, str | None]) -> str:
    """Return a ``mosquitto.conf`` in which each named directive has another value (None: is gone).

    Raises: StackError: a directive does not occur exactly once.
    """
    lines = text.splitlines()
    for directive, value in replaced.items():
        hits = [number for number, line in enumerate(lines) if line.split(" ")[0] == directive]
        if len(hits) != 1:
            raise StackError(f"mosquitto.conf: `{directive}` occurs {len(hits)} times, expected 1")
        lines[hits[0] : hits[0] + 1] = [] if value is None else [f"{directive} {value}"]
    return "\n".join(lines) + "\n"


class EmbeddedBroker(EmbeddedServer):
    """A broker with its store in ``<directory>/data``, on loopback.

    ``secured``: only accounts of the dynamic-security plugin come in; the first two, of workers and
    administrator, are made at the first start, their secrets kept in ``<directory>/passwords``.
    Otherwise anybody may do anything.
    """

    name = "Mosquitto"
    account = "mosquitto"
    stop_signals = ((signal.SIGTERM, 20.0),)  # writes its store, then ends

    def __init__(
        self,
        tree: Tree,
        directory: Path,
        port: int | None = None,
        config: Path = CONFIG,
        *,
        secured: bool = False,
    ) -> None:
        """Prepare a broker that runs with ``config``, save for where things lie and who gets in."""
        super().__init__(tree, directory, port)
        self.config = config
        self.secured = secured

    @property
    def url(self) -> str:
        """The broker's address as Trapwatch's settings take it, for workers."""
        return self._url(WORKER)

    @property
    def admin_url(self) -> str | None:
        """The address for whoever manages accounts; None: there are none."""
        return self._url(ADMIN) if self.secured else None

    def _url(self, account: str) -> str:
        login = f"{account}:{self._secret(account)}@" if self.secured else ""
        return f"mqtt://{login}{LOOPBACK}:{self.port}"

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
        accounts = self.data / _ACCOUNTS
        if self.secured and not accounts.exists():
            text = initial_file(self._secret(ADMIN), self._secret(WORKER), secrets.token_bytes)
            partial = accounts.with_suffix(".partial")
            partial.touch(mode=0o600)
            partial.write_text(text, "ascii")
            self.sandbox.own(partial)
            partial.rename(accounts)

    def _secret(self, account: str) -> str:
        return kept_secret(self.directory / "passwords" / account)

    def _command(self) -> list[str]:
        replaced: dict[str, str | None] = {
            "listener": f"{self.port} {LOOPBACK}",
            "persistence_location": "/data/",
            "plugin": f"/{self._plugin()}",
            "plugin_opt_config_file": f"/data/{_ACCOUNTS}",
        }
        if not self.secured:
            replaced |= {
                "allow_anonymous": "true", "plugin": None, "plugin_opt_config_file": None,
            }  # fmt: skip
        derived = self.data / "mosquitto.conf"
        derived.write_text(derive_config(self.config.read_text("utf-8"), replaced), "utf-8")
        self.sandbox.own(derived)
        return ["mosquitto", "-c", "/data/mosquitto.conf"]

    def _plugin(self) -> str:
        """Return the plugin's path inside the tree: Debian's differs by architecture."""
        found = sorted(self.tree.path.glob("usr/lib/*/mosquitto_dynamic_security.so"))
        if not found:
            raise StackError(f"{self.tree.path}: mosquitto_dynamic_security.so is missing")
        return str(found[0].relative_to(self.tree.path))

    def _answers(self) -> bool:
        return True  # it restores its store before it listens
