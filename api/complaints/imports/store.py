"""The SQL of imports as they are read."""

from api.complaints.imports.schemas import ComplaintImport, ImportFinding
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.complaints.imports")


def select_imports(
    connection: Connection,
    *,
    import_id: int | None = None,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[ComplaintImport]:
    """Return imports before a number, the last one first."""
    parameters = {"import_id": import_id, "before_id": before_id, "count_max": count_max}
    return fetch_all(connection, _QUERIES["select_imports"], parameters, ComplaintImport)


def select_findings(connection: Connection, import_id: int, *, is_bad: bool) -> list[ImportFinding]:
    """Return what was found in a file, in its order."""
    parameters = {"import_id": import_id, "is_bad": is_bad}
    return fetch_all(connection, _QUERIES["select_findings"], parameters, ImportFinding)
