"""SQL of sealed secrets."""

from dataclasses import dataclass, field
from datetime import datetime

from core.db import Connection, translated_errors
from core.sql import load_queries

_QUERIES = load_queries("alerts.webhooks.sealing")


@dataclass(frozen=True, slots=True)
class StoredSecrets:
    """What is stored of an endpoint's secrets, sealed or (of an earlier version) in plain text."""

    endpoint_id: int
    url: str = field(repr=False)
    secret: str = field(repr=False)
    previous_secret: str | None = field(repr=False)
    url_shown: str | None
    kind: str

    @property
    def values(self) -> list[str]:
        """Return those that there are."""
        return [v for v in (self.url, self.secret, self.previous_secret) if v is not None]


def select_secrets(connection: Connection) -> list[StoredSecrets]:
    """Return what is stored of every endpoint."""
    return _read(connection, "select_secrets")


def lock_secrets(connection: Connection) -> list[StoredSecrets]:
    """Return the same, and keep others from changing it until the transaction ends."""
    return _read(connection, "lock_secrets")


def update_secrets(connection: Connection, stored: StoredSecrets) -> None:
    """Write an endpoint's sealed values."""
    parameters = {
        "endpoint_id": stored.endpoint_id,
        "url": stored.url,
        "url_shown": stored.url_shown,
        "secret": stored.secret,
        "previous_secret": stored.previous_secret,
    }
    with translated_errors():
        connection.execute(_QUERIES["update_secrets"], parameters)


def rotate_secret(
    connection: Connection, endpoint_id: int, secret: str, until: datetime | None, now: datetime
) -> None:
    """Put a sealed secret in the place of the one there is, which signs ``until`` then as well."""
    parameters = {"endpoint_id": endpoint_id, "secret": secret, "until": until, "now": now}
    with translated_errors():
        connection.execute(_QUERIES["rotate_secret"], parameters)


def forget_previous_secrets(connection: Connection, now: datetime) -> int:
    """Delete rotated secrets that do not sign any more; return how many."""
    with translated_errors():
        return connection.execute(_QUERIES["forget_previous_secrets"], {"now": now}).rowcount


def _read(connection: Connection, query: str) -> list[StoredSecrets]:
    with translated_errors():
        return [StoredSecrets(*row) for row in connection.execute(_QUERIES[query])]
