"""The schema of a migrated database as one readable SQL text: what migrations/schema.sql holds."""

import re

from trapwatch.stack.errors import StackError
from trapwatch.stack.sandbox import Sandbox
from trapwatch.stack.tree import Tree

_HEADER = (
    "-- Written by `make schema` from the migrations; a test compares. Read it, do not run it.\n"
)
# Session settings, psql's guards with their random key, and comments that repeat the statement.
_NOISE = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|COMMENT ON EXTENSION .*)$"
)


def dump_schema(tree: Tree, database_url: str) -> str:
    """Return the schema behind ``database_url`` as pg_dump sees it, the same text every time.

    Raises: StackError: pg_dump fails.
    """
    command = [
        "pg_dump",
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        f"--dbname={database_url}",
    ]
    done = Sandbox(tree, "postgres").run(command)
    if done.returncode != 0:
        raise StackError(f"pg_dump: {done.stderr.decode('utf-8', 'replace').strip()}")
    lines = [line for line in done.stdout.decode().splitlines() if not _NOISE.match(line)]
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return f"{_HEADER}\n{body.strip()}\n"
