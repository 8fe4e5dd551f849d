"""What a route is given: its transaction, the time, who acts, which version it may change.

One request is one transaction on one pooled connection (`api/transaction.py`). It is committed
before the answer is made, so a 2xx means that it is durable. What stands here does not block and
is asked on the event loop: another thread costs more than all of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Header, Request, Response
from prometheus_client import CollectorRegistry

from alerts.evidence.blobs import BlobDir
from alerts.handover.party import Party
from alerts.tickets.model import Actor
from alerts.webhooks.protection import Protection
from api.access.model import Caller
from api.access.rate_limits import RateLimits
from api.events.feed import EventFeed
from api.login.oidc import IdentityProvider
from api.problems import PreconditionRequiredError
from api.transaction import Transaction
from core.clock import Clock
from core.db import Connection, Pool
from core.errors import RequestError
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
    #: Threads that wait for a connection or work with one; apart from those that do neither.
    threads: Executor


def services_of(request: Request) -> Services:
    """Return what the application was made of."""
    return cast(Services, request.app.state.services)


def caller_of(request: Request) -> Caller:
    """Return who sends a request; the guard of its route has found out."""
    return cast(Caller, request.state.caller)


async def _services(request: Request) -> Services:
    return services_of(request)


async def _caller(request: Request) -> Caller:
    return caller_of(request)


async def _transaction(request: Request) -> Transaction:
    """Return the transaction of a request: its caller sees and changes the rows of their towns."""
    return _transaction_of(services_of(request), caller_of(request).town_ids)


async def _own_transaction(request: Request) -> Transaction:
    """Return one for what belongs to a caller and to no town: their session, their password."""
    return _transaction_of(services_of(request), ())


def _transaction_of(services: Services, town_ids: Sequence[int]) -> Transaction:
    return Transaction(services.pool, town_ids, services.threads)


async def _now(request: Request) -> datetime:
    return services_of(request).clock.now()


async def _actor(request: Request) -> str:
    return caller_of(request).name


async def _ticket_actor(request: Request) -> Actor:
    return caller_of(request).actor


async def _optional_version(
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


async def _required_version(version: Annotated[int | None, Depends(_optional_version)]) -> int:
    if version is None:
        raise PreconditionRequiredError("If-Match: send the ETag of the version you read")
    return version


def set_version(response: Response, version: int) -> None:
    """Tell the caller the version, as a strong ETag."""
    response.headers["ETag"] = f'"{version}"'


ServicesDep = Annotated[Services, Depends(_services)]
TransactionDep = Annotated[Connection, Depends(_transaction)]
OwnTransactionDep = Annotated[Connection, Depends(_own_transaction)]
NowDep = Annotated[datetime, Depends(_now)]
#: Who acts: the name for the audit trail; what they are to a ticket; all that is known of them.
ActorDep = Annotated[str, Depends(_actor)]
CallerDep = Annotated[Actor, Depends(_ticket_actor)]
WhoDep = Annotated[Caller, Depends(_caller)]
OptionalVersionDep = Annotated[int | None, Depends(_optional_version)]
RequiredVersionDep = Annotated[int, Depends(_required_version)]
