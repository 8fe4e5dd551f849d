"""Applies the numbered SQL files once each, in order, and refuses a history that was edited.

Forward only. One transaction a file, the record of it in the same transaction, so an interrupted
run continues where it stopped. A session-level advisory lock lets one migrator in at a time and
cannot be left behind. docs/decisions/0002 says why this is our own and not yoyo or alembic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from core.db import AdvisoryLock, connect, translated_errors
from core.errors import ConfigError
from core.sql import load_queries

_QUERIES = load_queries("migrations")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name (which orders it), its SQL and the SHA-256 of its bytes."""

    name: str
    sql: str
    checksum: bytes


def load_migrations() -> list[Migration]:
    """Return every shipped migration in order."""
    folder = files("migrations").joinpath("versions")
    found = [
        Migration(entry.name, text := entry.read_text("utf-8"), sha256(text.encode()).digest())
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found, key=lambda migration: migration.name)


def pending(migrations: list[Migration], applied: dict[str, bytes]) -> list[Migration]:
    """Return the migrations still to apply.

    Raises: ConfigError: an applied file was edited, is missing here, or a new file would have to
        go before an applied one.
    """
    known = {migration.name: migration for migration in migrations}
    for name, checksum in sorted(applied.items()):
        if name not in known:
            raise ConfigError(f"migration {name} was applied but is not in this version")
        if known[name].checksum != checksum:
            raise ConfigError(f"migration {name} was edited after it was applied")
    todo = [migration for migration in migrations if migration.name not in applied]
    if todo and applied and todo[0].name < max(applied):
        raise ConfigError(f"migration {todo[0].name} comes before {max(applied)}, already applied")
    return todo


def migrate(url: str, report: Callable[[str], None] = lambda _name: None) -> list[str]:
    """Bring the database at ``url`` to the newest schema; return the names that were applied.

    ``report`` is told each name before it is applied.

    Raises: DatabaseUnavailableError, ConfigError, PermanentDataError, MisconfiguredDatabaseError.
    """
    done: list[str] = []
    with connect(url, "trapwatch-migrate", autocommit=True) as connection, translated_errors():
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET lock_timeout = 0")
        connection.execute(_QUERIES["lock"], {"lock": int(AdvisoryLock.MIGRATE)})
        connection.execute(_QUERIES["create_ledger"])
        applied: dict[str, bytes] = dict(connection.execute(_QUERIES["select_applied"]).fetchall())
        for migration in pending(load_migrations(), applied):
            report(migration.name)
            with connection.transaction():
                connection.execute(migration.sql.encode())
                connection.execute(
                    _QUERIES["insert_applied"],
                    {"name": migration.name, "checksum": migration.checksum},
                )
            done.append(migration.name)
    return done
