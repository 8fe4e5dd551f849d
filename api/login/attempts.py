"""One attempt to come in by password: judged, counted, audited; and the session it begins."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import NamedTuple

from alerts.evidence import audit
from api.access.lockout import FORGOTTEN_AFTER, OF_ADDRESS, OF_NAME
from api.access.passwords import is_password
from api.access.store import delete_session
from api.access.token_format import hash_of
from api.login import store
from api.login.store import LoginRow
from core.db import Connection

#: An attempt of the same name is under way: nobody guesses faster by guessing at once.
_BUSY_S = 1


class Attempt(NamedTuple):
    """What was tried, and from where."""

    name: str
    password: str
    address: str


class Refused(NamedTuple):
    """No; ``wait_s``: how long nothing will be looked at, 0: it may be tried again."""

    wait_s: int = 0


def try_password(connection: Connection, attempt: Attempt, now: datetime) -> LoginRow | Refused:
    """Judge an attempt and count it; its answer tells nothing of whether the name exists."""
    subjects = {
        hash_of(f"name {attempt.name}"): OF_NAME,
        hash_of(f"address {attempt.address}"): OF_ADDRESS,
    }
    if not store.try_login_lock(connection, attempt.name):
        return Refused(_BUSY_S)
    until = store.select_locked_until(connection, list(subjects), now)
    if until is not None:
        return Refused(max(1, round((until - now).total_seconds())))
    account = store.select_login(connection, attempt.name)
    stored = account.password_hash if account is not None and account.is_active else None
    if is_password(stored, attempt.password) and account is not None:
        store.forget_failures(connection, next(iter(subjects)), now - FORGOTTEN_AFTER)
        return account
    store.forget_failures(connection, None, now - FORGOTTEN_AFTER)
    longest_s = 0
    for subject, lockout in subjects.items():
        count = store.count_failure(connection, subject, now)
        wait = lockout.wait(count)
        if wait:
            store.lock_out(connection, subject, now + wait)
            longest_s = max(longest_s, round(wait.total_seconds()))
    # A name that does not exist may be a password in the wrong field: it is not written down.
    known = "" if account is None else account.name
    _record(connection, "refused", known, {"address": attempt.address, "wait_s": longest_s}, now)
    return Refused()


def record_provider_refusal(connection: Connection, why: str, address: str, now: datetime) -> None:
    """Note a login over the identity provider that came to nothing."""
    _record(connection, "refused", "", {"address": address, "by": "oidc", "why": why}, now)


def begin_session(
    connection: Connection,
    account: LoginRow,
    *,
    s_max: int,
    by: str,
    address: str,
    old: str | None,
    now: datetime,
) -> str:
    """Begin a session and return its secret; the one that the browser had ends."""
    if old is not None:
        delete_session(connection, hash_of(old))
    session = token_urlsafe(32)
    store.insert_session(connection, hash_of(session), account.account_id, s_max, now)
    _record(connection, "begun", account.name, {"address": address, "by": by}, now)
    return session


def end_session(connection: Connection, session_hash: bytes, name: str, now: datetime) -> None:
    """End a session."""
    delete_session(connection, session_hash)
    _record(connection, "ended", name, {}, now)


def _record(
    connection: Connection, what: str, name: str, detail: Mapping[str, object], now: datetime
) -> None:
    audit.record(
        connection,
        at=now,
        actor=name or "unknown",
        action=f"session.{what}",
        subject_kind="account",
        subject_id=name,
        detail=detail,
    )
