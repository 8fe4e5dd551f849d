"""The database a benchmark runs against: fresh, migrated, with a plain county in it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo

from alerts.seed import seed_rules
from core.clock import SystemClock
from core.sql import load_queries
from migrations.runner import migrate

QUERIES = load_queries("bench")


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Yield the URL of a migrated database with the shipped rules, dropped afterwards.

    ``server_url`` is a superuser's, to any database of the server.
    """
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(QUERIES["drop_database"])
        server.execute(QUERIES["create_database"])
    url = make_conninfo(server_url, dbname="trapwatch_bench")
    migrate(url)
    with psycopg.connect(url) as connection:
        seed_rules(connection, SystemClock().now())
    try:
        yield url
    finally:
        with psycopg.connect(server_url, autocommit=True) as server:
            server.execute(QUERIES["drop_database"])


@contextmanager
def county(server_url: str, device_count: int) -> Iterator[str]:
    """Yield the URL of a database with ``device_count`` devices ``bench-1`` … on as many traps."""
    with fresh_database(server_url) as url:
        with psycopg.connect(url) as connection:
            parameters = {"device_count": device_count, "now": SystemClock().now()}
            connection.execute(QUERIES["create_county"], parameters)
        yield url
