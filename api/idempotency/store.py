"""SQL of answers that are kept for repeated requests."""

from datetime import datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.idempotency")


class Stored(NamedTuple):
    """An answer as it was given; ``fingerprint`` is that of the request."""

    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: bytes


def try_lock(connection: Connection, scope: str, key: str) -> bool:
    """Hold a key until the transaction ends; False: another request does."""
    row = connection.execute(_QUERIES["try_lock"], {"scope": scope, "key": key}).fetchone()
    return bool(row and row[0])


def select_answer(connection: Connection, scope: str, key: str) -> Stored | None:
    """Return what a key was answered before."""
    row = connection.execute(_QUERIES["select_answer"], {"scope": scope, "key": key}).fetchone()
    return None if row is None else Stored(*row)


def insert_answer(
    connection: Connection, scope: str, key: str, answer: Stored, now: datetime
) -> None:
    """Keep an answer."""
    parameters = {
        **answer._asdict(),
        "headers": Jsonb(answer.headers),
        "scope": scope,
        "key": key,
        "now": now,
    }
    connection.execute(_QUERIES["insert_answer"], parameters)
