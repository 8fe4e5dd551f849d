"""SQL of the doctor; every function reads only."""

from datetime import datetime
from typing import NamedTuple

from core.db import Connection, translated_errors
from core.sql import load_queries

_QUERIES = load_queries("trapwatch.doctor")


class Server(NamedTuple):
    """The database server; ``preload`` is None where our role may not know."""

    version_num: int
    timescaledb: str | None
    license: str | None
    preload: str | None
    fsync: bool
    full_page_writes: bool
    synchronous_commit: str
    cache_bytes: int
    lock_slots: int
    now: datetime


class Chunks(NamedTuple):
    """The partitions of the readings."""

    chunk_count: int
    index_bytes_max: int
    total_bytes_max: int
    total_bytes: int


class Worker(NamedTuple):
    """One ingest worker as it last reported itself."""

    client_id: str
    seen_at: datetime
    is_listening: bool
    is_caught_up: bool
    received: int
    stored: int
    duplicate: int
    rejected: int
    in_flight: int
    broker_dropped: int | None


def _one(connection: Connection, query: str, **parameters: object) -> tuple[object, ...]:
    with translated_errors():
        row = connection.execute(_QUERIES[query], parameters).fetchone()
    assert row is not None, query
    return tuple(row)


def select_server(connection: Connection) -> Server:
    """Return version and settings of the server."""
    return Server(*_one(connection, "select_server"))  # type: ignore[arg-type]


def select_chunks(connection: Connection) -> Chunks:
    """Return sizes of the readings' partitions."""
    return Chunks(*(int(str(value)) for value in _one(connection, "select_chunks")))


def select_applied_migrations(connection: Connection) -> dict[str, bytes]:
    """Return the checksums of the applied migrations by name."""
    with translated_errors():
        rows = connection.execute(_QUERIES["select_applied_migrations"]).fetchall()
    return {name: bytes(checksum) for name, checksum in rows}


def select_workers(connection: Connection) -> list[Worker]:
    """Return the ingest workers."""
    with translated_errors():
        return [Worker(*row) for row in connection.execute(_QUERIES["select_workers"])]


def select_bad_clocks(connection: Connection, now: datetime) -> tuple[int, int]:
    """Return the last hour's readings: all, and those with a bad clock."""
    received, bad = _one(connection, "select_bad_clocks", now=now)
    return int(str(received)), int(str(bad))


def select_scoped_role(connection: Connection) -> tuple[bool, bool, bool]:
    """Return whether the role of callers limited to towns exists, is ours to take, has rights."""
    exists, is_ours, has_rights = _one(connection, "select_scoped_role")
    return bool(exists), bool(is_ours), bool(has_rights)


def select_data_directory(connection: Connection) -> str | None:
    """Return where the server keeps its files; None: we may not know."""
    (path,) = _one(connection, "select_data_directory")
    return None if path is None else str(path)
