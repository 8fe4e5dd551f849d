"""The live stream (server-sent events); the only asynchronous route.

A stream begins with what was missed since Last-Event-ID. An event may come twice, around a
reconnect; (kind, event_id) tells. ``reset`` says: too much was missed, read the lists again.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import Header, Response
from fastapi.responses import StreamingResponse

from api.dependencies import Services, ServicesDep
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
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get(
    "/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": Event.model_json_schema()}}}},
)
async def stream_events(
    *,
    services: ServicesDep,
    last_event_id: Annotated[str | None, Header(description="`id` of the last event read")] = None,
) -> StreamingResponse:
    """Alert and ticket events as they are committed; `alert`, `ticket` and `reset` events."""
    # First subscribe, then look back: nothing can fall between the two.
    subscription = services.feed.subscribe()
    cursor, missed = await to_thread.run_sync(
        _catch_up, services, last_event_id, limiter=services.waiting
    )
    return StreamingResponse(
        _stream(services, subscription, cursor, missed),
        media_type="text/event-stream",
        headers=_HEADERS,
    )


def _catch_up(services: Services, last_event_id: str | None) -> tuple[Cursor, list[Event] | None]:
    """Return where the reader stands and what it missed; None: too much, or nobody knows."""
    if not services.feed.wait_ready(_FEED_WAIT_S):
        raise DatabaseUnavailableError("the event feed has not reached the database yet")
    with translated_errors(), services.pool.connection() as connection:
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


async def _stream(
    services: Services, subscription: Subscription, cursor: Cursor, missed: list[Event] | None
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
            yield _encode(event, cursor)
        sent = {event.key for event in missed or ()}
        while True:
            try:
                live = await asyncio.wait_for(subscription.queue.get(), PING_INTERVAL_S)
            except TimeoutError:
                yield b": ping\n\n"
                continue
            if live is None:
                return
            if live.key not in sent:
                cursor = cursor.past(live)
                yield _encode(live, cursor)
    finally:
        services.feed.unsubscribe(subscription)


def _encode(event: Event, cursor: Cursor) -> bytes:
    return f"id: {cursor}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n".encode()
