"""The SQL of claims, reading only: they are made by alerts.claims.actions."""

from alerts.claims.model import Verdict
from api.claims.schemas import SavedClaim
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.claims")


def select_claims(
    connection: Connection,
    *,
    claim_id: int | None = None,
    town: str | None = None,
    verdict: Verdict | None = None,
    all_revisions: bool = True,
    before_id: int = ID_MAX,
    count_max: int = 1,
) -> list[SavedClaim]:
    """Return claims before a number, newest first."""
    parameters = {
        "claim_id": claim_id,
        "town": town,
        "verdict": verdict,
        "all_revisions": all_revisions,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_claims"], parameters, SavedClaim)


def select_document(connection: Connection, claim_id: int) -> bytes | None:
    """Return the frozen bytes of a claim; None: there is no such claim."""
    row = connection.execute(_QUERIES["select_document"], {"claim_id": claim_id}).fetchone()
    return None if row is None else bytes(row[0])
