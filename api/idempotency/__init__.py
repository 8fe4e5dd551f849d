"""Requests that carry an Idempotency-Key: done once, answered the same again.

draft-ietf-httpapi-idempotency-key-header-07: 400 where the key is required and missing, 422 where
it came with another request, 409 while the first one is under way. The answer is stored in the
request's own transaction, so it exists exactly if the change does; it is kept for a day.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from api.dependencies import ActorDep, NowDep
from api.idempotency import store
from api.idempotency.store import Stored
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, RequestError

KEY_CHARS_MAX = 200


class Answered(NamedTuple):
    """What a request is answered."""

    status: int
    body: BaseModel
    headers: Mapping[str, str]


class Once:
    """A request that is done once for its key; without a key it is simply done."""

    def __init__(self, scope: str, key: str | None, fingerprint: bytes, now: datetime) -> None:
        self._scope = scope
        self._key = key
        self._fingerprint = fingerprint
        self._now = now

    def answer(self, connection: Connection, make: Callable[[], Answered]) -> Response:
        """Return what ``make`` answers, or what it answered before.

        Raises: ConflictError: the first request is under way; InvalidRequestError: the key was
            used for another request.
        """
        if self._key is None:
            return _response(self._stored(make()))
        if not store.try_lock(connection, self._scope, self._key):
            raise ConflictError("a request with this Idempotency-Key is under way")
        known = store.select_answer(connection, self._scope, self._key)
        if known is None:
            known = self._stored(make())
            store.insert_answer(connection, self._scope, self._key, known, self._now)
        elif known.fingerprint != self._fingerprint:
            raise InvalidRequestError("this Idempotency-Key came with another request")
        return _response(known)

    def _stored(self, answered: Answered) -> Stored:
        body = answered.body.model_dump_json().encode()
        return Stored(self._fingerprint, answered.status, dict(answered.headers), body)


def _response(answer: Stored) -> Response:
    return Response(answer.body, answer.status, answer.headers, media_type="application/json")


async def _once(
    request: Request,
    actor: ActorDep,
    now: NowDep,
    idempotency_key: Annotated[
        str | None, Header(description="the same key and request again: the same answer again")
    ] = None,
) -> Once:
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= KEY_CHARS_MAX:
        raise RequestError(f"Idempotency-Key: 1 to {KEY_CHARS_MAX} characters expected")
    digest = sha256()
    for part in (
        request.url.path.encode(),
        request.headers.get("if-match", "").encode("latin-1"),
        await request.body(),
    ):
        digest.update(len(part).to_bytes(8) + part)
    scope = f"{request.method} {request.scope['route'].path} {actor}"
    return Once(scope, idempotency_key, digest.digest(), now)


OnceDep = Annotated[Once, Depends(_once)]


async def _required(once: OnceDep, idempotency_key: Annotated[str | None, Header()] = None) -> Once:
    if idempotency_key is None:
        raise RequestError("Idempotency-Key: send one, so that a repeated request opens no second")
    return once


RequiredOnceDep = Annotated[Once, Depends(_required)]
