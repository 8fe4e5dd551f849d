"""What may be done with machine tokens, each with its audit row, in the caller's transaction."""

from datetime import datetime
from typing import Any

from alerts.evidence import audit
from api.access import names, store
from api.access.records import Token, TokenFields
from api.access.token_format import hash_of, make_token
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError


def create_token(
    connection: Connection,
    fields: TokenFields,
    *,
    random_bytes: bytes,
    actor: str,
    now: datetime,
) -> tuple[Token, str]:
    """Make a token; its text is in the answer and nowhere else.

    Raises: ConflictError: the name is taken; InvalidRequestError: no such town or unit, or it would
        have expired.
    """
    if fields.expires_at is not None and fields.expires_at <= now:
        raise InvalidRequestError("expires_at: a moment to come expected")
    names.claim_name(connection, fields.name, is_account=False)
    town_ids = names.find_towns(connection, fields.towns)
    names.check_unit(connection, fields.unit)
    text = make_token(random_bytes)
    token_id = store.insert_token(
        connection, fields, hash_of(text), town_ids, created_by=actor, now=now
    )
    detail = {"token_id": token_id, **fields.model_dump(mode="json")}
    _record(connection, "created", fields.name, detail, (actor, now))
    return _get(connection, token_id), text


def revoke_token(connection: Connection, token_id: int, *, actor: str, now: datetime) -> Token:
    """End a token for good.

    Raises: NotFoundError; ConflictError: it is revoked already.
    """
    token = _get(connection, token_id)
    if not store.revoke_token(connection, token_id, now):
        raise ConflictError(f"token {token_id} is revoked already")
    _record(connection, "revoked", token.name, {"token_id": token_id}, (actor, now))
    return _get(connection, token_id)


def _get(connection: Connection, token_id: int) -> Token:
    found = store.select_tokens(connection, token_id=token_id)
    if not found:
        raise NotFoundError(f"there is no token {token_id}")
    return found[0]


def _record(
    connection: Connection, what: str, name: str, detail: dict[str, Any], by: tuple[str, datetime]
) -> None:
    actor, now = by
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"token.{what}",
        subject_kind="token",
        subject_id=name,
        detail=detail,
    )
