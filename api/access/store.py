"""SQL of callers: sessions, tokens, accounts, and the limit to towns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.errors import InsufficientPrivilege, InvalidParameterValue

from api.access.records import Account, AccountFields, Token, TokenFields
from api.paging import ID_MAX
from api.store import fetch_all
from core.db import Connection
from core.errors import ForbiddenError
from core.sql import load_queries

_QUERIES = load_queries("api.access")
_INT_MAX = 2**31 - 1


class SessionRow(NamedTuple):
    """A session that has not ended, with its account."""

    account_id: int
    name: str
    roles: Sequence[str]
    town_ids: Sequence[int]
    unit: str | None
    seen_at: datetime


class TokenRow(NamedTuple):
    """A token that is good."""

    token_id: int
    name: str
    scopes: Sequence[str]
    town_ids: Sequence[int]
    unit: str | None
    last_used_at: datetime | None


def limit_to_towns(connection: Connection, town_ids: Sequence[int]) -> None:
    """Let the rest of the transaction see and write rows of these towns only.

    Raises: ForbiddenError: this database has not the role for it (`trapwatch doctor` says how).
    """
    try:
        connection.execute(_QUERIES["limit_to_towns"])
    except (InvalidParameterValue, InsufficientPrivilege) as error:
        raise ForbiddenError(
            "this database cannot limit callers to towns yet: an administrator should run "
            "`trapwatch doctor`"
        ) from error
    connection.execute(_QUERIES["set_towns"], {"towns": ",".join(map(str, town_ids))})


def select_session(
    connection: Connection, session_hash: bytes, idle_s: int, now: datetime
) -> SessionRow | None:
    """Return a session that has not ended."""
    parameters = {"session_hash": session_hash, "idle_s": idle_s, "now": now}
    row = connection.execute(_QUERIES["select_session_caller"], parameters).fetchone()
    return None if row is None else SessionRow(*row)


def touch_session(connection: Connection, session_hash: bytes, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(_QUERIES["touch_session"], {"session_hash": session_hash, "now": now})


def delete_session(connection: Connection, session_hash: bytes) -> None:
    """End a session."""
    connection.execute(_QUERIES["delete_session"], {"session_hash": session_hash})


def delete_sessions(connection: Connection, account_id: int, kept_hash: bytes | None) -> None:
    """End all sessions of an account but one."""
    parameters = {"account_id": account_id, "kept_hash": kept_hash}
    connection.execute(_QUERIES["delete_sessions"], parameters)


def select_token(connection: Connection, token_hash: bytes, now: datetime) -> TokenRow | None:
    """Return a token that is good."""
    parameters = {"token_hash": token_hash, "now": now}
    row = connection.execute(_QUERIES["select_token_caller"], parameters).fetchone()
    return None if row is None else TokenRow(*row)


def touch_token(connection: Connection, token_id: int, now: datetime) -> None:
    """Note that a token was used."""
    connection.execute(_QUERIES["touch_token"], {"api_token_id": token_id, "now": now})


def select_tokens(
    connection: Connection,
    *,
    token_id: int | None = None,
    after_id: int = 0,
    count_max: int = _INT_MAX,
) -> list[Token]:
    """Return tokens by number."""
    parameters = {"token_id": token_id, "after_id": after_id, "count_max": count_max}
    return fetch_all(connection, _QUERIES["select_tokens"], parameters, Token)


def insert_token(
    connection: Connection,
    fields: TokenFields,
    token_hash: bytes,
    town_ids: Sequence[int],
    *,
    created_by: str,
    now: datetime,
) -> int:
    """Store a token; return its number."""
    parameters = {
        "name": fields.name,
        "token_hash": token_hash,
        "scopes": list(fields.scopes),
        "town_ids": list(town_ids),
        "unit": fields.unit,
        "expires_at": fields.expires_at,
        "created_by": created_by,
        "now": now,
    }
    return int(_one(connection, "insert_token", parameters))


def revoke_token(connection: Connection, token_id: int, now: datetime) -> bool:
    """End a token; False: it had ended so already."""
    return _first(connection, "revoke_token", {"token_id": token_id, "now": now}) is not None


def select_token_id(connection: Connection, name: str) -> int | None:
    """Return the number of the token of a name that is not revoked."""
    found = _first(connection, "select_token_id", {"name": name})
    return None if found is None else int(found)


def select_accounts(
    connection: Connection,
    *,
    account_id: int | None = None,
    after_id: int = 0,
    count_max: int = _INT_MAX,
) -> list[Account]:
    """Return accounts by number."""
    after_id = min(after_id, ID_MAX)
    parameters = {"account_id": account_id, "after_id": after_id, "count_max": count_max}
    return fetch_all(connection, _QUERIES["select_accounts"], parameters, Account)


def select_account_id(connection: Connection, name: str) -> int | None:
    """Return the number of the account of a name."""
    found = _first(connection, "select_account_id", {"name": name})
    return None if found is None else int(found)


def lock_account(connection: Connection, account_id: int) -> int | None:
    """Hold an account; return its version, None where there is none."""
    found = _first(connection, "lock_account", {"account_id": account_id})
    return None if found is None else int(found)


def insert_account(
    connection: Connection,
    name: str,
    fields: AccountFields,
    town_ids: Sequence[int],
    *,
    password_hash: str | None,
    oidc_subject: str | None,
    now: datetime,
) -> int:
    """Store an account; return its number."""
    parameters = {
        **_account_columns(fields, town_ids),
        "name": name,
        "password_hash": password_hash,
        "oidc_subject": oidc_subject,
        "now": now,
    }
    return int(_one(connection, "insert_account", parameters))


def update_account(
    connection: Connection,
    account_id: int,
    fields: AccountFields,
    town_ids: Sequence[int],
    now: datetime,
) -> None:
    """Replace what is chosen about an account."""
    parameters = {**_account_columns(fields, town_ids), "account_id": account_id, "now": now}
    connection.execute(_QUERIES["update_account"], parameters)


def update_password(
    connection: Connection, account_id: int, password_hash: str, now: datetime
) -> None:
    """Store another password's hash."""
    parameters = {"account_id": account_id, "password_hash": password_hash, "now": now}
    connection.execute(_QUERIES["update_password"], parameters)


def count_admins(connection: Connection) -> int:
    """Return how many administrators of the whole county can come in."""
    return int(_one(connection, "count_admins", {}))


def is_account_name(connection: Connection, name: str) -> bool:
    """Return whether an account has a name."""
    return bool(_one(connection, "is_account_name", {"name": name}))


def is_token_name(connection: Connection, name: str, *, ever: bool) -> bool:
    """Return whether a token that is not revoked has a name; ``ever``: revoked ones count."""
    return bool(_one(connection, "is_token_name", {"name": name, "ever": ever}))


def select_town_ids(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Return the towns of these codes that there are."""
    found = connection.execute(_QUERIES["select_town_ids"], {"codes": list(codes)})
    return {code: int(town_id) for code, town_id in found.fetchall()}


def select_town_codes(connection: Connection, town_ids: Sequence[int]) -> list[str]:
    """Return the codes of towns."""
    found = connection.execute(_QUERIES["select_town_codes"], {"town_ids": list(town_ids)})
    return [code for (code,) in found.fetchall()]


def is_unit(connection: Connection, code: str) -> bool:
    """Return whether there is a unit of a code."""
    return bool(_one(connection, "is_unit", {"code": code}))


def _account_columns(fields: AccountFields, town_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "display_name": fields.display_name,
        "roles": list(fields.roles),
        "town_ids": list(town_ids),
        "unit": fields.unit,
        "is_active": fields.is_active,
    }


def _first(connection: Connection, query: str, parameters: Mapping[str, Any]) -> Any:
    row = connection.execute(_QUERIES[query], parameters).fetchone()
    return None if row is None else row[0]


def _one(connection: Connection, query: str, parameters: Mapping[str, Any]) -> Any:
    row = connection.execute(_QUERIES[query], parameters).fetchone()
    assert row is not None, f"{query} returns one row"
    return row[0]
