"""The API's pool: what it lends works, also after the server has closed the connections."""

from collections.abc import Iterator

import psycopg
import pytest

from core.db import Pool, connect, open_pool, statements

_END = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'test-pool'
"""
_TRANSACTION = "SELECT pg_current_xact_id()"


@pytest.fixture
def pool(database_url: str) -> Iterator[Pool]:
    opened = open_pool(database_url, "test-pool", size_max=1)
    yield opened
    opened.close()


def test_a_connection_that_the_server_has_ended_is_not_lent(pool: Pool, database_url: str) -> None:
    with pool.connection() as connection:
        first = connection.info.backend_pid
    with connect(database_url, "test", autocommit=True) as other:
        other.execute(_END)  # waits until the process is no more
    with pool.connection() as connection:
        assert connection.info.backend_pid != first
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_statements_are_each_a_transaction_and_leave_the_connection_as_it_was(pool: Pool) -> None:
    with statements(pool) as connection:
        first = connection.execute(_TRANSACTION).fetchone()
        second = connection.execute(_TRANSACTION).fetchone()
        assert first != second
    with pool.connection() as connection:
        first = connection.execute(_TRANSACTION).fetchone()
        assert connection.execute(_TRANSACTION).fetchone() == first


def test_statements_that_fail_leave_a_connection_that_works(pool: Pool) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), statements(pool) as connection:
        connection.execute("SELECT 1/0")
    with pytest.raises(psycopg.OperationalError), statements(pool) as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pool.connection() as connection:
        assert not connection.autocommit
        assert connection.execute("SELECT 1").fetchone() == (1,)
