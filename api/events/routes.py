"""The live stream (server-sent events); the only asynchronous route.

A stream begins with what was missed since Last-Event-ID. An event may come twice, around a
reconnect; (kind, event_id) tells. ``reset`` says: too much was missed, read the lists again.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse

from api.access.identify import identify
from api.access.store import select_town_codes
from api.dependencies import Services, ServicesDep, caller_of
from api.events import store
from api.events.feed import Subscription
from api.events.schemas import Cursor, Event
from api.routing import strict_router
from core.db import translated_errors
from core.errors import DatabaseUnavailableError

router = strict_router("events")

PING_INTERVAL_S = 15.0
_RETRY_MS = 2_000
_FEED_WAIT_S = 2.0
_CHECK_INTERVAL_S = 30.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get(
    "/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": Event.model_json_schema()}}}},
)
async def stream_events(
    *,
    request: Request,
    services: ServicesDep,
    last_event_id: Annotated[str | None, Header(description="`id` of the last event read")] = None,
) -> StreamingResponse:
    """Alert and ticket events of your towns as they are committed; `alert`, `ticket`, `reset`."""
    # First subscribe, then look back: nothing can fall between the two.
    subscription = services.feed.subscribe()
    reader = _Reader(request, services)
    cursor, missed = await asyncio.get_running_loop().run_in_executor(
        services.threads, reader.catch_up, last_event_id
    )
    return StreamingResponse(
        _stream(reader, subscription, cursor, missed),
        media_type="text/event-stream",
        headers=_HEADERS,
    )


class _Reader:
    """Who reads a stream, what they hear of, and whether they still may."""

    def __init__(self, request: Request, services: Services) -> None:
        self.services = services
        self._request = request
        self._caller = caller_of(request)
        self._towns: frozenset[str] | None = None
        self._checked_s = services.clock.monotonic_s()

    def catch_up(self, last_event_id: str | None) -> tuple[Cursor, list[Event] | None]:
        """Return where they stand and what they missed; None: too much, or nobody knows."""
        if not self.services.feed.wait_ready(_FEED_WAIT_S):
            raise DatabaseUnavailableError("the event feed has not reached the database yet")
        with translated_errors(), self.services.pool.connection() as connection:
            if self._caller.town_ids:
                self._towns = frozenset(select_town_codes(connection, self._caller.town_ids))
            newest = store.select_newest(connection)
            if last_event_id is None:
                return newest, []
            cursor = Cursor.parse(last_event_id)
            if cursor is None or cursor.is_ahead_of(newest):
                return newest, None
            missed = store.select_events(connection, cursor)
        for kind in ("alert", "ticket"):
            if sum(event.kind == kind for event in missed) >= store.COUNT_MAX:
                return newest, None
        return cursor, missed

    def hears_of(self, event: Event) -> bool:
        """Return whether an event is for them: one of their towns, if they are limited to some."""
        return self._towns is None or event.town_code in self._towns

    async def may_go_on(self) -> bool:
        """Return whether their credential is what it was; asked again twice a minute."""
        services = self.services
        now_s = services.clock.monotonic_s()
        if now_s - self._checked_s < _CHECK_INTERVAL_S:
            return True
        self._checked_s = now_s
        try:
            now_is = await asyncio.get_running_loop().run_in_executor(
                services.threads,
                identify,
                self._request,
                services.settings,
                services.pool,
                services.clock,
            )
        except DatabaseUnavailableError:
            return True
        return now_is == self._caller


async def _stream(
    reader: _Reader, subscription: Subscription, cursor: Cursor, missed: list[Event] | None
) -> AsyncIterator[bytes]:
    try:
        # The first id lets a reader resume that is cut off before its first event.
        kind = b"reset" if missed is None else b"ready"
        yield b"retry: %d\nid: %s\nevent: %s\ndata: {}\n\n" % (
            _RETRY_MS,
            str(cursor).encode(),
            kind,
        )
        for event in missed or ():
            cursor = cursor.past(event)
            if reader.hears_of(event):
                yield _encode(event, cursor)
        sent = {event.key for event in missed or ()}
        while await reader.may_go_on():
            try:
                live = await asyncio.wait_for(subscription.queue.get(), PING_INTERVAL_S)
            except TimeoutError:
                yield b": ping\n\n"
                continue
            if live is None:
                return
            if live.key not in sent:
                cursor = cursor.past(live)
                if reader.hears_of(live):
                    yield _encode(live, cursor)
    finally:
        reader.services.feed.unsubscribe(subscription)


def _encode(event: Event, cursor: Cursor) -> bytes:
    return f"id: {cursor}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n".encode()
