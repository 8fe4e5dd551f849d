"""Fixtures of real services: a migrated TimescaleDB per test, a Mosquitto per test.

`make test` starts one cluster for all workers (`trapwatch stack exec`); a bare `pytest` starts its
own from the service tree that `make setup` built.
"""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from trapwatch.stack import testing
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.paths import CHECKOUT
from trapwatch.stack.postgres import TEST_OPTIONS, EmbeddedPostgres
from trapwatch.stack.tree import Tree

_TEMPLATE_PREFIX = "template_trapwatch_"
_TEMPLATE_LOCK = 7_499


def with_database(url: str, name: str) -> str:
    """Return ``url`` with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def service_tree() -> Tree:
    """The private Debian tree."""
    path = os.environ.get(testing.TREE_VARIABLE)
    return Tree(Path(path) if path else CHECKOUT / "var" / "services")


@pytest.fixture(scope="session")
def postgres_url(service_tree: Tree) -> Iterator[str]:
    """Superuser URL of the maintenance database of a cluster for tests."""
    given = os.environ.get(testing.DATABASE_URL_VARIABLE)
    if given:
        yield given
        return
    postgres = testing.start_test_postgres(service_tree, CHECKOUT / "var")
    try:
        yield postgres.url()
    finally:
        postgres.stop()


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """Name of a database with every migration applied; made once for all workers and runs."""
    from migrations.runner import load_migrations, migrate

    checksums = b"".join(migration.checksum for migration in load_migrations())
    name = f"{_TEMPLATE_PREFIX}{sha256(checksums).hexdigest()[:16]}"
    partial = f"{name}_partial"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_TEMPLATE_LOCK,))
        found = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if name in found:
            return name
        for stale in sorted(found):
            if stale.startswith(_TEMPLATE_PREFIX):
                _drop(connection, stale)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(partial)))
        migrate(with_database(postgres_url, partial))
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(partial), sql.Identifier(name)
            )
        )
    return name


@pytest.fixture
def make_database_url(postgres_url: str, template_database: str) -> Iterator[Callable[[], str]]:
    """Maker of fresh migrated databases; dropped afterwards, whoever is still connected."""
    names: list[str] = []

    def make() -> str:
        name = f"{testing.DATABASE_PREFIX}{uuid4().hex[:16]}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(template_database)
                )
            )
        names.append(name)
        return with_database(postgres_url, name)

    yield make
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            _drop(connection, name)


@pytest.fixture
def database_url(make_database_url: Callable[[], str]) -> str:
    """URL of a fresh migrated database."""
    return make_database_url()


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """URL of a fresh database without any migration."""
    name = f"{testing.DATABASE_PREFIX}{uuid4().hex[:16]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield with_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        _drop(connection, name)


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


@pytest.fixture
def private_postgres(
    service_tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedPostgres]:
    """A running cluster of this test alone, to be stopped, killed and restarted at will.

    ``private_postgres.ensure_database("trapwatch")`` returns the URL of an empty database.
    """
    directory = tmp_path_factory.mktemp("postgres")
    postgres = EmbeddedPostgres(service_tree, directory, options=TEST_OPTIONS)
    postgres.start()
    yield postgres
    postgres.kill()


@pytest.fixture
def durable_database_url(private_postgres: EmbeddedPostgres) -> str:
    """URL of a migrated database that would survive a crash of its cluster."""
    from migrations.runner import migrate

    url = private_postgres.ensure_database("trapwatch")
    migrate(url)
    return url


@pytest.fixture
def broker(
    service_tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedBroker]:
    """A running Mosquitto of this test alone, on a free port that a restart keeps."""
    mosquitto = EmbeddedBroker(service_tree, tmp_path_factory.mktemp("broker"))
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture
def secured_broker(
    service_tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedBroker]:
    """A running Mosquitto of this test alone that lets in accounts only."""
    directory = tmp_path_factory.mktemp("secured-broker")
    mosquitto = EmbeddedBroker(service_tree, directory, secured=True)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()
