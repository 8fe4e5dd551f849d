"""What a route is given: its transaction, the time, who acts, which version it may change.

One request is one transaction on one pooled connection, opened here and nowhere else. It is
committed before the answer goes out (FastAPI's function scope), so a 2xx means that it is durable.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Header, Request, Response
from prometheus_client import CollectorRegistry

from alerts.evidence.blobs import BlobDir
from alerts.handover.party import Party
from alerts.tickets.lifecycle import Role
from alerts.tickets.model import SYSTEM, Actor
from alerts.webhooks.protection import Protection
from api.events.feed import EventFeed
from api.problems import PreconditionRequiredError
from core.clock import Clock
from core.db import Connection, Pool, translated_errors
from core.errors import RequestError
from core.settings import Settings

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_STRONG_ETAG = re.compile(r'"(\d{1,9})"', re.ASCII)
#: Until there are accounts, whoever can reach the loopback interface says who they are; who says
#: nothing is this, in every role.
LOCAL_ACTOR = "local"
_PEOPLE = frozenset(Role) - {Role.SYSTEM}


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
    party: Party
    protection: Protection
    #: Threads that wait for a connection; apart from those that work with one, which would
    #: otherwise never get their turn while others wait for them.
    waiting: CapacityLimiter


def services_of(request: Request) -> Services:
    """Return what the application was made of."""
    return cast(Services, request.app.state.services)


async def _transaction(request: Request) -> AsyncIterator[Connection]:
    services = services_of(request)
    context = services.pool.connection()
    with translated_errors():
        connection = await to_thread.run_sync(context.__enter__, limiter=services.waiting)
        try:
            yield connection
        except BaseException as error:
            await _leave(context.__exit__, error)
            raise
        await _leave(context.__exit__, None)


async def _leave(leave: Callable[..., bool | None], error: BaseException | None) -> None:
    arguments = (None, None, None) if error is None else (type(error), error, error.__traceback__)
    # A limiter of its own: giving a connection back must never wait for those that want one.
    await to_thread.run_sync(lambda: leave(*arguments), limiter=CapacityLimiter(1))


def _now(request: Request) -> datetime:
    return services_of(request).clock.now()


def _actor(
    x_trapwatch_actor: Annotated[
        str | None, Header(description="who acts, percent-encoded UTF-8; trusted, not checked yet")
    ] = None,
) -> str:
    name = LOCAL_ACTOR if x_trapwatch_actor is None else unquote(x_trapwatch_actor).strip()
    if not _NAME.fullmatch(name) or name == SYSTEM.name:
        raise RequestError("X-Trapwatch-Actor: a name of 1 to 100 printable characters expected")
    return name


ActorDep = Annotated[str, Depends(_actor)]


def _caller(
    actor: ActorDep,
    x_trapwatch_role: Annotated[
        str | None, Header(description="in which roles they act, joined by commas; all by default")
    ] = None,
) -> Actor:
    if x_trapwatch_role is None:
        return Actor(actor, _PEOPLE)
    names = {name.strip() for name in x_trapwatch_role.split(",")}
    unknown = names - _PEOPLE
    if unknown:
        known = ", ".join(sorted(_PEOPLE))
        raise RequestError(f"X-Trapwatch-Role: of {known} expected, joined by commas")
    return Actor(actor, frozenset(Role(name) for name in names))


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
NowDep = Annotated[datetime, Depends(_now)]
CallerDep = Annotated[Actor, Depends(_caller)]
OptionalVersionDep = Annotated[int | None, Depends(_optional_version)]
RequiredVersionDep = Annotated[int, Depends(_required_version)]
