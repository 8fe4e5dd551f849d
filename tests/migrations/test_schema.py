"""The migrated schema is the one that stands in migrations/schema.sql."""

from pathlib import Path
from threading import Thread

import psycopg
import pytest

import migrations
from core.errors import ConfigError
from migrations.runner import load_migrations, migrate
from trapwatch.stack.schema import dump_schema
from trapwatch.stack.tree import Tree


def test_migrations_make_the_declared_schema(service_tree: Tree, empty_database_url: str) -> None:
    migrate(empty_database_url)
    declared = Path(str(migrations.__file__)).with_name("schema.sql").read_text("utf-8")
    assert dump_schema(service_tree, empty_database_url) == declared, "run `make schema`"


def test_every_file_is_applied_once_and_recorded(empty_database_url: str) -> None:
    names = [migration.name for migration in load_migrations()]
    told: list[str] = []
    assert migrate(empty_database_url, told.append) == names
    assert told == names
    assert migrate(empty_database_url) == []


def test_two_migrators_at_once_wait_for_each_other(empty_database_url: str) -> None:
    applied: list[list[str]] = []
    threads = [Thread(target=lambda: applied.append(migrate(empty_database_url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(map(len, applied)) == [0, 0, len(load_migrations())]


def test_an_edited_history_is_refused(empty_database_url: str) -> None:
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("UPDATE schema_migration SET checksum = 'x' WHERE name LIKE '0001%'")
    with pytest.raises(ConfigError, match=r"0001_registry\.sql was edited"):
        migrate(empty_database_url)
