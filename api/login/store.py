"""SQL of logins: what they are judged by, sessions that begin, failures in a row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from core.db import AdvisoryLock, Connection
from core.sql import load_queries

_QUERIES = load_queries("api.login")


class LoginRow(NamedTuple):
    """What a login is judged by."""

    account_id: int
    name: str
    password_hash: str | None
    oidc_subject: str | None
    roles: Sequence[str]
    is_active: bool


def insert_session(
    connection: Connection, session_hash: bytes, account_id: int, s_max: int, now: datetime
) -> None:
    """Begin a session, and forget those that are over."""
    connection.execute(_QUERIES["delete_ended_sessions"], {"now": now})
    parameters = {"session_hash": session_hash, "account_id": account_id, "s_max": s_max}
    connection.execute(_QUERIES["insert_session"], {**parameters, "now": now})


def update_oidc(
    connection: Connection, account_id: int, subject: str, roles: Sequence[str], now: datetime
) -> bool:
    """Store who an account is at the identity provider, and its roles; False: as it was."""
    parameters = {"account_id": account_id, "oidc_subject": subject, "roles": list(roles)}
    done = connection.execute(_QUERIES["update_oidc"], {**parameters, "now": now})
    return done.rowcount > 0


def select_login(connection: Connection, name: str) -> LoginRow | None:
    """Return what a login under a name is judged by."""
    row = connection.execute(_QUERIES["select_login"], {"name": name}).fetchone()
    return None if row is None else LoginRow(*row)


def select_oidc_login(connection: Connection, subject: str) -> LoginRow | None:
    """Return what a login by an identity provider is judged by."""
    row = connection.execute(_QUERIES["select_oidc_login"], {"oidc_subject": subject}).fetchone()
    return None if row is None else LoginRow(*row)


def try_login_lock(connection: Connection, name: str) -> bool:
    """Hold a name until the transaction ends; False: another attempt does."""
    parameters = {"lock": int(AdvisoryLock.LOGIN), "name": name}
    return bool(_one(connection, "try_login_lock", parameters))


def select_locked_until(
    connection: Connection, subject_hashes: Sequence[bytes], now: datetime
) -> datetime | None:
    """Return until when one of these must wait; None: neither must."""
    parameters = {"subject_hashes": list(subject_hashes), "now": now}
    found: datetime | None = _one(connection, "select_locked_until", parameters)
    return found


def count_failure(connection: Connection, subject_hash: bytes, now: datetime) -> int:
    """Note a failed login; return how many there were in a row."""
    parameters = {"subject_hash": subject_hash, "now": now}
    return int(_one(connection, "count_failure", parameters))


def lock_out(connection: Connection, subject_hash: bytes, until: datetime) -> None:
    """Let a name or address wait."""
    connection.execute(_QUERIES["lock_out"], {"subject_hash": subject_hash, "until": until})


def forget_failures(
    connection: Connection, subject_hash: bytes | None, forgotten_at: datetime
) -> None:
    """Delete what no longer counts, and the failures of one subject."""
    parameters = {"subject_hash": subject_hash, "forgotten_at": forgotten_at}
    connection.execute(_QUERIES["forget_failures"], parameters)


def _one(connection: Connection, query: str, parameters: dict[str, Any]) -> Any:
    row = connection.execute(_QUERIES[query], parameters).fetchone()
    assert row is not None, f"{query} returns one row"
    return row[0]
