"""Who sends a request: by ``Authorization: Bearer tw_…``, or by the cookie of a login."""

from datetime import datetime, timedelta

from starlette.requests import Request

from api.access import store
from api.access.cookies import cookie_name
from api.access.model import Caller, Role, Scope
from api.access.token_format import hash_of, is_token
from core.clock import Clock
from core.db import Connection, Pool, statements, translated_errors
from core.settings import Settings

#: Uses are noted this often at most: a busy token should not write a row with every request.
_NOTED_EVERY = timedelta(minutes=1)


def identify(request: Request, settings: Settings, pool: Pool, clock: Clock) -> Caller | None:
    """Return who asks; None: nobody says so, or the credential is not good (any longer).

    A request with both credentials is the token's. Blocking.

    Raises: DatabaseUnavailableError.
    """
    authorization = request.headers.get("authorization")
    session = request.cookies.get(cookie_name(settings))
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not is_token(token.strip()):
            return None  # before a connection is taken for it
        with translated_errors(), statements(pool) as connection:
            return by_token(connection, token.strip(), clock.now())
    if session is None:
        return None
    with translated_errors(), statements(pool) as connection:
        idle_s = settings.access.session_idle_s
        return _by_session(connection, hash_of(session), idle_s, clock.now())


def by_token(connection: Connection, token: str, now: datetime) -> Caller | None:
    """Return whose a token is; None: it is none, or not good (any longer)."""
    row = store.select_token(connection, hash_of(token), now) if is_token(token) else None
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= _NOTED_EVERY:
        store.touch_token(connection, row.token_id, now)
    return Caller(
        row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        town_ids=tuple(row.town_ids),
        units=None if row.unit is None else frozenset({row.unit}),
    )


def _by_session(
    connection: Connection, session_hash: bytes, idle_s: int, now: datetime
) -> Caller | None:
    row = store.select_session(connection, session_hash, idle_s, now)
    if row is None:
        return None
    if now - row.seen_at >= _NOTED_EVERY:
        store.touch_session(connection, session_hash, now)
    return Caller(
        row.name,
        roles=frozenset(Role(role) for role in row.roles),
        town_ids=tuple(row.town_ids),
        units=frozenset() if row.unit is None else frozenset({row.unit}),
        account_id=row.account_id,
        session_hash=session_hash,
    )
