"""The SQL of exports: rows as they come, never all at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.exports.datasets import DatasetName
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.exports")
#: Rows that travel together; a cursor in the database holds the rest.
_ROW_COUNT = 2_000


def iterate(
    connection: Connection, dataset: DatasetName, parameters: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a dataset, of one moment, in bounded memory."""
    with connection.cursor(name=f"export_{dataset}") as cursor:
        cursor.itersize = _ROW_COUNT
        cursor.execute(_QUERIES[dataset], parameters)
        yield from cursor
