"""How every feature's store runs its queries: rows into models, constraint names into refusals.

Never: a query (they stand in the features' ``queries.sql``).
"""

from collections.abc import Mapping
from typing import Any, LiteralString, TypeVar

from psycopg import Error
from psycopg.rows import class_row

from core.db import Connection
from core.errors import RequestError

Model = TypeVar("Model")
Parameters = Mapping[str, Any]


def fetch_all(
    connection: Connection, query: LiteralString, parameters: Parameters, row_type: type[Model]
) -> list[Model]:
    """Return every row; its columns are the model's fields."""
    with connection.cursor(row_factory=class_row(row_type)) as cursor:
        return cursor.execute(query, parameters).fetchall()


def fetch_one(
    connection: Connection, query: LiteralString, parameters: Parameters, row_type: type[Model]
) -> Model | None:
    """Return the row, or None where there is none."""
    with connection.cursor(row_factory=class_row(row_type)) as cursor:
        return cursor.execute(query, parameters).fetchone()


def write(
    connection: Connection,
    query: LiteralString,
    parameters: Parameters,
    refusals: Mapping[str, RequestError],
) -> int | None:
    """Run a statement that returns at most one number, such as the new row's.

    Raises: the RequestError of the violated constraint's name, where ``refusals`` has it.
    """
    try:
        row = connection.execute(query, parameters).fetchone()
    except Error as error:
        refusal = refusals.get(error.diag.constraint_name or "")
        if refusal is None:
            raise
        raise refusal from error
    return None if row is None else int(row[0])
