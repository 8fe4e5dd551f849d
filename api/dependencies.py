"""What a route is given: its transaction, the time, who acts, which version it may change.

One request is one transaction on one pooled connection, opened here and nowhere else. It is
committed before the answer goes out (FastAPI's function scope), so a 2xx means that it is durable.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Header, Request, Response
from prometheus_client import CollectorRegistry

from alerts.evidence.blobs import BlobDir
from alerts.handover.party import Party
from alerts.tickets.model import Actor
from alerts.webhooks.protection import Protection
from api.access.model import Caller
from api.access.rate_limits import RateLimits
from api.access.store import limit_to_towns
from api.events.feed import EventFeed
from api.login.oidc import IdentityProvider
from api.problems import PreconditionRequiredError
from core.clock import Clock
from core.db import Connection, Pool, translated_errors
from core.errors import DatabaseForbidsError, ForbiddenError, RequestError
from core.settings import Settings

_STRONG_ETAG = re.compile(r'"(\d{1,9})"', re.ASCII)


@dataclass(frozen=True, slots=True)
class Services:
    """What the application was made of; ``migrations`` is name to checksum of this version's."""

    settings: Settings
    pool: Pool
    clock: Clock
    feed: EventFeed
    registry: CollectorRegistry
    migrations: Mapping[str, bytes]
    random_bytes: Callable[[int], bytes]
    blobs: BlobDir
    limits: RateLimits
    provider: IdentityProvider | None
    party: Party
    protection: Protection
    #: Threads that wait for a connection; apart from those that work with one, which would
    #: otherwise never get their turn while others wait for them.
    waiting: CapacityLimiter


def services_of(request: Request) -> Services:
    """Return what the application was made of."""
    return cast(Services, request.app.state.services)


def caller_of(request: Request) -> Caller:
    """Return who sends a request; the guard of its route has found out."""
    return cast(Caller, request.state.caller)


@asynccontextmanager
async def _opened(services: Services, town_ids: Sequence[int]) -> AsyncIterator[Connection]:
    context = services.pool.connection()
    with _as_refusals(town_ids), translated_errors():
        connection = await to_thread.run_sync(context.__enter__, limiter=services.waiting)
        try:
            if town_ids:
                await to_thread.run_sync(
                    limit_to_towns, connection, town_ids, limiter=services.waiting
                )
            yield connection
        except BaseException as error:
            await _leave(context.__exit__, error)
            raise
        await _leave(context.__exit__, None)


@contextmanager
def _as_refusals(town_ids: Sequence[int]) -> Iterator[None]:
    """Tell who is limited to towns that what is closed to them is closed."""
    try:
        yield
    except DatabaseForbidsError as error:
        if not town_ids:
            raise
        raise ForbiddenError("this is for those who act for the whole county") from error


async def _transaction(request: Request) -> AsyncIterator[Connection]:
    """Open the transaction of a request: its caller sees and changes the rows of their towns."""
    async with _opened(services_of(request), caller_of(request).town_ids) as connection:
        yield connection


async def _own_transaction(request: Request) -> AsyncIterator[Connection]:
    """Open one for what belongs to a caller and to no town: their session, their password."""
    async with _opened(services_of(request), ()) as connection:
        yield connection


async def _leave(leave: Callable[..., bool | None], error: BaseException | None) -> None:
    arguments = (None, None, None) if error is None else (type(error), error, error.__traceback__)
    # A limiter of its own: giving a connection back must never wait for those that want one.
    await to_thread.run_sync(lambda: leave(*arguments), limiter=CapacityLimiter(1))


def _now(request: Request) -> datetime:
    return services_of(request).clock.now()


def _actor(request: Request) -> str:
    return caller_of(request).name


def _ticket_actor(request: Request) -> Actor:
    return caller_of(request).actor


def _optional_version(
    if_match: Annotated[
        str | None, Header(description='ETag of the version to change, e.g. "3"')
    ] = None,
) -> int | None:
    if if_match is None:
        return None
    found = _STRONG_ETAG.fullmatch(if_match.strip())
    if found is None:
        raise RequestError('If-Match: one strong ETag such as "3" expected')
    return int(found[1])


def _required_version(version: Annotated[int | None, Depends(_optional_version)]) -> int:
    if version is None:
        raise PreconditionRequiredError("If-Match: send the ETag of the version you read")
    return version


def set_version(response: Response, version: int) -> None:
    """Tell the caller the version, as a strong ETag."""
    response.headers["ETag"] = f'"{version}"'


ServicesDep = Annotated[Services, Depends(services_of)]
TransactionDep = Annotated[Connection, Depends(_transaction, scope="function")]
OwnTransactionDep = Annotated[Connection, Depends(_own_transaction, scope="function")]
NowDep = Annotated[datetime, Depends(_now)]
#: Who acts: the name for the audit trail; what they are to a ticket; all that is known of them.
ActorDep = Annotated[str, Depends(_actor)]
CallerDep = Annotated[Actor, Depends(_ticket_actor)]
WhoDep = Annotated[Caller, Depends(caller_of)]
OptionalVersionDep = Annotated[int | None, Depends(_optional_version)]
RequiredVersionDep = Annotated[int, Depends(_required_version)]
