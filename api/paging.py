"""Keyset pages: ``?limit=&after=``, ``{"items": […], "next": …}`` and ``Link: <…>; rel="next"``.

A cursor is the sort key of a page's last row, as integers (instants in microseconds); every sort
key ends with an id, so rows that come or go between two pages neither repeat nor hide others.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import Field

from api.schemas import Answer
from core.errors import RequestError

LIMIT_DEFAULT = 100
LIMIT_MAX = 1_000
#: Above every id: where lists that show the newest first begin.
ID_MAX = 2**63 - 1

Item = TypeVar("Item")
Key = tuple[int, ...]


class Page(Answer, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="value of `after` for the next page; null on the last")


@dataclass(frozen=True, slots=True)
class Paging:
    """What the caller asked for, and how to answer it."""

    limit: int
    cursor: str | None
    request: Request
    response: Response

    @property
    def fetch_count(self) -> int:
        """Rows to fetch: one more than shown tells whether there is a next page."""
        return self.limit + 1

    def key(self, start: Key) -> Key:
        """Return the sort key to go on after; ``start`` lies before every row.

        Raises: RequestError: the cursor is not one of this list.
        """
        if self.cursor is None:
            return start
        key = decode_cursor(self.cursor)
        if len(key) != len(start):
            raise RequestError("after: this cursor belongs to another list")
        return key

    def page(self, rows: Sequence[Item], key_of: Callable[[Item], Key]) -> Page[Item]:
        """Return the page of at most ``fetch_count`` rows and set the Link header."""
        items = list(rows[: self.limit])
        if len(rows) <= self.limit:
            return Page(items=items, next=None)
        cursor = encode_cursor(key_of(items[-1]))
        url = self.request.url.include_query_params(after=cursor)
        target = url.path + "?" + url.query
        self.response.headers["Link"] = f'<{target}>; rel="next"'
        return Page(items=items, next=cursor)


def encode_cursor(key: Key) -> str:
    """Return a sort key as an opaque text."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Key:
    """Return the sort key of a cursor.

    Raises: RequestError: it was not made by encode_cursor.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = json.loads(raw)
    except (ValueError, RecursionError):
        raise RequestError("after: not a cursor of this API") from None
    if not isinstance(key, list) or not all(type(part) is int for part in key):
        raise RequestError("after: not a cursor of this API")
    if any(abs(part) > ID_MAX for part in key):
        raise RequestError("after: not a cursor of this API")
    return tuple(key)


async def _paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="rows of a page")] = LIMIT_DEFAULT,
    after: Annotated[
        str | None, Query(max_length=200, description="`next` of the page before")
    ] = None,
) -> Paging:
    return Paging(limit, after, request, response)


PagingDep = Annotated[Paging, Depends(_paging)]
