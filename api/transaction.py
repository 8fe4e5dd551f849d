"""The transaction of a request, and the thread in which it is carried out.

A route is handed a `Transaction` by its dependencies and gets the open connection in its place:
it waits for the connection, works with it and commits in one go, in one thread. Whoever holds a
connection therefore never waits for a thread.
"""

from asyncio import get_running_loop
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from api.access.store import limit_to_towns
from core.db import Connection, Pool, translated_errors
from core.errors import DatabaseForbidsError, ForbiddenError

_Endpoint = Callable[..., Any]


class Transaction(NamedTuple):
    """A transaction to be, that sees and changes rows of these towns; none: of all."""

    pool: Pool
    town_ids: Sequence[int]
    threads: Executor

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Open it; it is committed when the block ends, rolled back when that fails. Blocking.

        Raises: DatabaseUnavailableError, ForbiddenError.
        """
        with self._refusals(), translated_errors(), self.pool.connection() as connection:
            if self.town_ids:
                limit_to_towns(connection, self.town_ids)
            yield connection

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Tell who is limited to towns that what is closed to them is closed."""
        try:
            yield
        except DatabaseForbidsError as error:
            if not self.town_ids:
                raise
            raise ForbiddenError("this is for those who act for the whole county") from error


def in_one_thread(endpoint: _Endpoint) -> _Endpoint:
    """Return a route's function that opens the transaction it is given, runs and commits.

    Functions that are coroutines already stay as they are.
    """
    if iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    async def run(**given: Any) -> Any:
        for name, value in given.items():
            if isinstance(value, Transaction):
                return await get_running_loop().run_in_executor(
                    value.threads, _within, value, endpoint, name, given
                )
        return await run_in_threadpool(endpoint, **given)

    return run


def _within(transaction: Transaction, endpoint: _Endpoint, name: str, given: dict[str, Any]) -> Any:
    with transaction.opened() as connection:
        return endpoint(**{**given, name: connection})
