import pytest

from core.errors import ConfigError
from migrations.runner import Migration, load_migrations, pending

ONE = Migration("0001_a.sql", "SELECT 1", b"1")
TWO = Migration("0002_b.sql", "SELECT 2", b"2")


def test_shipped_migrations_are_numbered_without_gaps() -> None:
    numbers = [int(migration.name[:4]) for migration in load_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_only_what_is_missing_is_applied() -> None:
    assert pending([ONE, TWO], {"0001_a.sql": b"1"}) == [TWO]
    assert pending([ONE, TWO], {"0001_a.sql": b"1", "0002_b.sql": b"2"}) == []


def test_an_edited_migration_is_named() -> None:
    with pytest.raises(ConfigError, match=r"0001_a\.sql was edited"):
        pending([ONE, TWO], {"0001_a.sql": b"x"})


def test_a_newer_database_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"0002_b\.sql was applied but is not in this version"):
        pending([ONE], {"0001_a.sql": b"1", "0002_b.sql": b"2"})


def test_a_migration_cannot_slip_in_before_an_applied_one() -> None:
    with pytest.raises(ConfigError, match=r"0001_a\.sql comes before 0002_b\.sql"):
        pending([ONE, TWO], {"0002_b.sql": b"2"})
