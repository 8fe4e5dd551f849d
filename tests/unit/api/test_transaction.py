"""A route's work and its transaction are done in one thread; all else on the event loop."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from threading import get_ident
from typing import Any, cast

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import ROUTERS
from api.transaction import Transaction, in_one_thread
from core.db import Connection, Pool

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
#: It asks another server, which takes its time.
BLOCKING = {"_redeemed"}


@dataclass
class PoolOfOne:
    """Lends one thing and writes down in which thread what was done."""

    steps: list[tuple[str, int]] = field(default_factory=list)

    @contextmanager
    def connection(self) -> Iterator[str]:
        self.note("begun")
        try:
            yield "connection"
        except BaseException:
            self.note("rolled back")
            raise
        self.note("committed")

    def note(self, what: str) -> None:
        self.steps.append((what, get_ident()))


def carried_out(pool: PoolOfOne, endpoint: Any) -> Any:
    with ThreadPoolExecutor(2) as threads, ThreadPoolExecutor(1) as own:
        transaction = Transaction(cast(Pool, pool), (), threads)

        async def request() -> Any:
            pool.note("asked")
            return await in_one_thread(endpoint)(connection=transaction, number=7)

        # A browser's test that ran before has left its loop running in this thread.
        return own.submit(asyncio.run, request()).result()


def test_it_begins_works_and_commits_in_one_other_thread() -> None:
    pool = PoolOfOne()

    def endpoint(connection: Connection, number: int) -> str:
        pool.note("worked")
        return f"{connection} {number}"

    assert carried_out(pool, endpoint) == "connection 7"
    assert [what for what, _ in pool.steps] == ["asked", "begun", "worked", "committed"]
    assert len({thread for _, thread in pool.steps[1:]}) == 1
    assert pool.steps[0][1] != pool.steps[1][1]


def test_what_fails_is_rolled_back() -> None:
    pool = PoolOfOne()

    def endpoint(connection: Connection, number: int) -> str:
        raise LookupError(number)

    with pytest.raises(LookupError):
        carried_out(pool, endpoint)
    assert [what for what, _ in pool.steps] == ["asked", "begun", "rolled back"]


def test_a_coroutine_stays_as_it_is() -> None:
    async def endpoint() -> None:
        """Nothing."""

    assert in_one_thread(endpoint) is endpoint


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_no_route_takes_more_threads_than_it_needs(route: APIRoute) -> None:
    assert iscoroutinefunction(route.endpoint)
    blocking = {call for call in calls(route.dependant) if not iscoroutinefunction(call)}
    assert {call.__name__ for call in blocking} <= BLOCKING


def calls(dependant: Dependant) -> Iterator[Any]:
    """Yield what a route depends on."""
    for inner in dependant.dependencies:
        yield inner.call
        yield from calls(inner)
