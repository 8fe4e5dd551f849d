"""A process of the product under measurement."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from time import monotonic

import psycopg

from core.sql import load_queries

_QUERIES = load_queries("bench")
_PATIENCE_S = 60.0


@contextmanager
def process(
    command: str, database_url: str, settings: Mapping[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """Run ``trapwatch COMMAND`` while the block runs; it stops cleanly afterwards."""
    environment = {
        **os.environ,
        "TRAPWATCH_DATABASE__URL": database_url,
        "TRAPWATCH_LOG__LEVEL": "warning",
        **settings,
    }
    running = subprocess.Popen([sys.executable, "-m", "trapwatch", command], env=environment)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(timeout=60)


def wait_listening(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Wait until the ingest process has subscribed at the broker."""
    wait_for(connection, "count_listening", 1)


def wait_for(
    connection: "psycopg.Connection[tuple[object, ...]]",
    query: str,
    at_least: int,
    patience_s: float = _PATIENCE_S,
) -> int:
    """Poll a counting query until it reaches a number or stops growing; return the count."""
    pause, count, changed_s = Event(), -1, monotonic()
    while count < at_least and monotonic() < changed_s + patience_s:
        row = connection.execute(_QUERIES[query]).fetchone()
        seen = int(str(row[0])) if row else 0
        if seen != count:
            count, changed_s = seen, monotonic()
        pause.wait(0.1)
    return count
