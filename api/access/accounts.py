"""What may be done with people's accounts, each with its audit row, in the caller's transaction."""

from datetime import datetime
from typing import Any

from alerts.evidence import audit
from api.access import names, store
from api.access.model import Role
from api.access.passwords import hash_password
from api.access.records import Account, AccountFields
from core.db import Connection
from core.errors import ConflictError, NotFoundError, PreconditionFailedError


def get_account(connection: Connection, account_id: int) -> Account:
    """Return an account.

    Raises: NotFoundError.
    """
    found = store.select_accounts(connection, account_id=account_id)
    if not found:
        raise NotFoundError(f"there is no account {account_id}")
    return found[0]


def named(connection: Connection, name: str) -> Account:
    """Return the account of a name.

    Raises: NotFoundError.
    """
    account_id = store.select_account_id(connection, name)
    if account_id is None:
        raise NotFoundError(f"there is no account {name!r}")
    return get_account(connection, account_id)


def add_account(
    connection: Connection,
    name: str,
    fields: AccountFields,
    *,
    password: str | None = None,
    oidc_subject: str | None = None,
    actor: str,
    now: datetime,
) -> Account:
    """Make an account; without a password its person comes in by the identity provider only.

    Raises: ConflictError: the name is taken; InvalidRequestError: no such town or unit, or the
        password is too short.
    """
    names.claim_name(connection, name, is_account=True)
    town_ids = names.find_towns(connection, fields.towns)
    names.check_unit(connection, fields.unit)
    account_id = store.insert_account(
        connection,
        name,
        fields,
        town_ids,
        password_hash=None if password is None else hash_password(password),
        oidc_subject=oidc_subject,
        now=now,
    )
    _record(connection, "created", name, fields.model_dump(mode="json"), (actor, now))
    return get_account(connection, account_id)


def change_account(
    connection: Connection,
    account_id: int,
    fields: AccountFields,
    *,
    version: int | None = None,
    actor: str,
    now: datetime,
) -> Account:
    """Replace what is chosen about an account; all its sessions end.

    Raises: NotFoundError, PreconditionFailedError, InvalidRequestError; ConflictError: nobody would
        be left to administrate.
    """
    stored = store.lock_account(connection, account_id)
    before = get_account(connection, account_id)
    if version is not None and version != stored:
        raise PreconditionFailedError(f"account {account_id} is at version {stored}, not {version}")
    town_ids = names.find_towns(connection, fields.towns)
    names.check_unit(connection, fields.unit)
    store.update_account(connection, account_id, fields, town_ids, now)
    store.delete_sessions(connection, account_id, None)
    if Role.ADMIN in before.roles and not store.count_admins(connection):
        raise ConflictError("this is the last administrator of the whole county")
    _record(connection, "changed", before.name, fields.model_dump(mode="json"), (actor, now))
    return get_account(connection, account_id)


def set_password(
    connection: Connection,
    account_id: int,
    password: str,
    *,
    kept_session: bytes | None = None,
    actor: str,
    now: datetime,
) -> Account:
    """Give an account another password; its sessions end, but for the one that does it.

    Raises: NotFoundError, InvalidRequestError.
    """
    account = get_account(connection, account_id)
    store.update_password(connection, account_id, hash_password(password), now)
    store.delete_sessions(connection, account_id, kept_session)
    _record(connection, "password_set", account.name, {}, (actor, now))
    return get_account(connection, account_id)


def _record(
    connection: Connection, what: str, name: str, detail: dict[str, Any], by: tuple[str, datetime]
) -> None:
    actor, now = by
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"account.{what}",
        subject_kind="account",
        subject_id=name,
        detail=detail,
    )
