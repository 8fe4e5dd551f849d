"""SQL of imports."""

from collections.abc import Sequence
from datetime import datetime

from core.db import Connection
from core.delimited import Finding
from core.sql import load_queries

_QUERIES = load_queries("alerts.complaints.imports")


def insert_import(
    connection: Connection,
    *,
    profile: str,
    file_name: str,
    file_sha256: str,
    actor: str,
    now: datetime,
) -> int:
    """Store that a file is taken in; return its number."""
    parameters = {
        "profile": profile,
        "file_name": file_name,
        "file_sha256": file_sha256,
        "actor": actor,
        "now": now,
    }
    row = connection.execute(_QUERIES["insert_import"], parameters).fetchone()
    assert row is not None, "INSERT returns the new number"
    return int(row[0])


def finish_import(connection: Connection, import_id: int, counts: dict[str, int]) -> None:
    """Write what became of a file's rows."""
    connection.execute(_QUERIES["finish_import"], {**counts, "import_id": import_id})


def analyze_complaints(connection: Connection) -> None:
    """Let the planner know how many complaints there are by now."""
    connection.execute(_QUERIES["analyze_complaints"])


def insert_findings(
    connection: Connection, import_id: int, first_place: int, findings: Sequence[Finding]
) -> None:
    """Store findings, in the report's order from ``first_place`` on."""
    parameters = {
        "import_id": import_id,
        "place": list(range(first_place, first_place + len(findings))),
        **{name: [getattr(found, name) for found in findings] for name in Finding._fields},
    }
    connection.execute(_QUERIES["insert_findings"], parameters)
