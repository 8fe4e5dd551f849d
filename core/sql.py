"""Named SQL from ``.sql`` files, in procrastinate's format.

A file holds queries, each opened by a line ``-- name --``, then one comment line saying what it
is for, then SQL with ``%(named)s`` parameters. No SQL is put together from strings anywhere.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import LiteralString, cast

_NAME = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)


def parse_queries(text: str) -> Mapping[str, LiteralString]:
    """Return the queries of one file's text by name.

    Raises: ValueError: a name stands twice, or text stands before the first name.
    """
    parts = _NAME.split(text)
    if parts[0].strip() and not parts[0].lstrip().startswith("--"):
        raise ValueError("SQL before the first '-- name --' line")
    queries: dict[str, LiteralString] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in queries:
            raise ValueError(f"query {name!r} stands twice")
        # The text is a packaged file, never input, so it is as literal as source code.
        queries[name] = cast("LiteralString", body.strip())
    return MappingProxyType(queries)


def load_queries(package: str, file_name: str = "queries.sql") -> Mapping[str, LiteralString]:
    """Return the queries of ``file_name`` in an installed package, by name."""
    return parse_queries(files(package).joinpath(file_name).read_text(encoding="utf-8"))
