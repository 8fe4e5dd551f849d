"""The limit to towns for a product whose database role is no superuser and may create no roles."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from api.access.store import limit_to_towns
from core.db import connect
from core.errors import ForbiddenError
from migrations.runner import migrate
from tests.services import with_database
from trapwatch.doctor.store import select_scoped_role

NAME = f"test_{uuid4().hex[:16]}"


@pytest.fixture
def product_url(postgres_url: str) -> Iterator[str]:
    """URL of an empty database of a plain role."""
    name = sql.Identifier(NAME)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(name))
    with psycopg.connect(with_database(postgres_url, NAME), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    parts = urlsplit(postgres_url)
    yield urlunsplit(parts._replace(netloc=f"{NAME}:x@{parts.hostname}:{parts.port}", path=NAME))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.mark.usefixtures("template_database")  # which has made the role
def test_without_the_right_to_it_callers_are_refused_until_it_is_granted(
    product_url: str, postgres_url: str
) -> None:
    migrate(product_url)
    with connect(product_url, "test") as connection:
        assert select_scoped_role(connection) == (True, False, True)
        with pytest.raises(ForbiddenError, match="trapwatch doctor"):
            limit_to_towns(connection, [1])
        connection.rollback()
        with psycopg.connect(postgres_url, autocommit=True) as superuser:
            superuser.execute(sql.SQL("GRANT trapwatch_scoped TO {}").format(sql.Identifier(NAME)))
        assert select_scoped_role(connection) == (True, True, True)
        connection.execute(
            "INSERT INTO town (code, name, name_en) VALUES ('a', 'a', 'a'), ('b', 'b', 'b')"
        )
        limit_to_towns(connection, [2])
        assert connection.execute("SELECT code FROM town").fetchall() == [("b",)]
