"""The SQL of readiness: one function a query."""

from dataclasses import dataclass
from datetime import datetime

from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.health")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The newest sign of life of an ingest worker; None: there never was one."""

    seen_at: datetime | None
    listening: bool


def select_migrations(connection: Connection) -> dict[str, bytes]:
    """Return the checksums of the applied migrations by name."""
    return dict(connection.execute(_QUERIES["select_migrations"]).fetchall())


def select_heartbeat(connection: Connection) -> Heartbeat:
    """Return the newest sign of life of an ingest worker."""
    return fetch_all(connection, _QUERIES["select_heartbeat"], {}, Heartbeat)[0]
