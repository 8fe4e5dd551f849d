"""PostgreSQL 17 with TimescaleDB as an embedded server."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from trapwatch.stack.errors import StackError
from trapwatch.stack.ports import LOOPBACK
from trapwatch.stack.secret import kept_secret
from trapwatch.stack.server import EmbeddedServer
from trapwatch.stack.tree import Tree, remove_tree

SUPERUSER = "postgres"

#: Settings for two cores and a small memory. Durability stays on, also in tests that claim it:
#: fsync, full_page_writes and synchronous_commit keep their defaults and are stated to be seen.
OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "/data",
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "shared_buffers": "256MB",
        "max_connections": "200",
        "max_locks_per_transaction": "128",
        "max_worker_processes": "12",
        "timescaledb.max_background_workers": "4",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d/%a ",
        "log_min_duration_statement": "1000",
        "log_lock_waits": "on",
    }
)
#: A template database can be copied only while nothing is connected to it, background workers
#: included. docs: timescaledb issues 4048 and 9080.
TEST_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        **OPTIONS,
        "shared_buffers": "128MB",
        "timescaledb.max_background_workers": "0",
        "log_min_duration_statement": "-1",
        "log_statement": "none",
    }
)


# The password comes by standard input into the sandbox's private /tmp: arguments can be read by
# every user, and initdb reads a file only.
_INITDB = (
    "sh",
    "-c",
    "umask 077 && cat >/tmp/password && exec initdb --pgdata=/data --pwfile=/tmp/password"
    f" --username={SUPERUSER} --encoding=UTF8 --locale=C.UTF-8 --data-checksums"
    " --auth-local=trust --auth-host=scram-sha-256",
)
# For psql: :'x' and :"x" quote a variable, \gexec runs what the query returns.
_ENSURE_DATABASE = """
SELECT format('CREATE ROLE %I LOGIN', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \\gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT 'CREATE ROLE trapwatch_scoped NOLOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trapwatch_scoped') \\gexec
GRANT trapwatch_scoped TO :"name";
SELECT format('CREATE DATABASE %1$I OWNER %1$I', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
"""
_DROP_DATABASES = """
SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
  FROM pg_database WHERE starts_with(datname, :'prefix') \\gexec
"""


class EmbeddedPostgres(EmbeddedServer):
    """A cluster in ``<directory>/data``; created at the first start, kept afterwards.

    On loopback a password is asked for (generated, in ``<directory>/passwords/``); the Unix
    socket inside the data directory, which only its owner can enter, asks for none.
    """

    name = "PostgreSQL"
    account = "postgres"
    # Fast shutdown (roll back and disconnect), then immediate (crash recovery at the next start).
    stop_signals = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))

    def __init__(
        self,
        tree: Tree,
        directory: Path,
        port: int | None = None,
        options: Mapping[str, str] = OPTIONS,
    ) -> None:
        """Prepare a cluster; ``options`` are server settings, applied at every start."""
        super().__init__(tree, directory, port)
        self.options = options

    def url(self, database: str = "postgres", role: str = SUPERUSER) -> str:
        """Return the connection URL of ``database`` on loopback, password included."""
        password = quote(self._password(role), safe="")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port}/{database}"

    def ensure_database(self, name: str) -> str:
        """Create role and database ``name`` where missing, with TimescaleDB; return its URL.

        The role owns the database and is no superuser. ``name`` is a plain identifier.

        Raises: StackError: PostgreSQL refuses.
        """
        assert name.isidentifier(), name
        self._psql("postgres", _ENSURE_DATABASE, name=name, password=self._password(name))
        self._psql(name, "CREATE EXTENSION IF NOT EXISTS timescaledb;")
        return self.url(name, name)

    def drop_databases(self, prefix: str) -> None:
        """Drop every database whose name starts with ``prefix``, whoever is connected.

        Raises: StackError: PostgreSQL refuses.
        """
        self._psql("postgres", _DROP_DATABASES, prefix=prefix)

    def _psql(self, database: str, script: str, **variables: str) -> None:
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "/data"]
        command += ["-p", str(self.port), "-U", SUPERUSER, "-d", database, "-f", "-"]
        # By standard input, because arguments (the password) can be read by every user.
        assigned = "".join(f"\\set {name} '{value}'\n" for name, value in variables.items())
        text = f"{assigned}SET client_min_messages = error;\n{script}"
        done = self.sandbox.run(command, text.encode())
        if done.returncode != 0:
            raise StackError(f"psql on {database}: {done.stderr.decode('utf-8', 'replace')}")

    def _password(self, role: str) -> str:
        """Return the role's password, generating it at the first use."""
        return kept_secret(self.directory / "passwords" / role)

    def _prepare(self) -> None:
        if self.data.exists():
            return
        partial = self.directory / "data.partial"
        remove_tree(partial)
        partial.mkdir(mode=0o700)
        self.sandbox.own(partial)
        maker = type(self.sandbox)(self.tree, self.account, partial)
        try:
            done = maker.run(_INITDB, f"{self._password(SUPERUSER)}\n".encode(), timeout_s=300)
        except subprocess.TimeoutExpired:
            raise StackError("initdb did not end within 300 s") from None
        if done.returncode != 0:
            raise StackError(f"initdb: {done.stderr.decode('utf-8', 'replace')}")
        partial.rename(self.data)
        directory = os.open(self.directory, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    def _command(self) -> list[str]:
        settings = [part for item in self.options.items() for part in ("-c", "=".join(item))]
        return ["postgres", "-D", "/data", "-p", str(self.port), *settings]

    def _answers(self) -> bool:
        command = ["pg_isready", "-q", "-h", LOOPBACK, "-p", str(self.port), "-t", "1"]
        return self.sandbox.run(command).returncode == 0
