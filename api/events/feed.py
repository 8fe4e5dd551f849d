"""One thread a process that hears of new events and hands them to every open stream.

The database is the truth: a notification only says "look"; a look happens anyway twice a second.
Owns: the thread, its connection, the subscriptions. Never: what a stream sends beside events.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from threading import Event as Flag
from threading import Lock, Thread
from weakref import WeakSet

from api.events import store
from api.events.schemas import Cursor, Event
from core.backoff import Backoff
from core.database_link import UNAVAILABLE, DatabaseLink
from core.db import Connection, listen, notifications
from core.log import get_logger
from core.wake_pipe import WakePipe

CHANNEL = "events"
_LOOK_INTERVAL_S = 0.5
_RECONNECT_S_MAX = 5.0
_QUEUE_COUNT_MAX = 1_000
#: Events remembered in order not to be handed out twice; more than one look can repeat.
_SEEN_COUNT_MAX = 2 * store.COUNT_MAX

_log = get_logger("api.events")


class Subscription:
    """One open stream's queue; None in it means: end the stream, its reader will come back."""

    def __init__(self) -> None:
        """Belong to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self.queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def hand(self, item: Event | None) -> None:
        """Put something in the queue, from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._put, item)
        except RuntimeError:  # the loop has ended, and the stream with it
            return

    def _put(self, item: Event | None) -> None:
        if self.queue.qsize() > _QUEUE_COUNT_MAX:
            # A reader this slow does better to start again from the database.
            while not self.queue.empty():
                self.queue.get_nowait()
            item = None
        self.queue.put_nowait(item)


class EventFeed:
    """Hands new events to subscriptions; ``start`` and ``close`` once each."""

    def __init__(self, url: str, random_ratio: Callable[[], float]) -> None:
        self._link = DatabaseLink(
            url,
            "trapwatch-api-events",
            backoff=Backoff(_RECONNECT_S_MAX, random_ratio),
            log=_log,
            prepare=lambda connection: listen(connection, CHANNEL),
        )
        self._stop = Flag()
        self._wakes: WakePipe | None = None
        self._ready = Flag()
        self._lock = Lock()
        # Weak: a stream that is dropped before it begins takes its subscription with it.
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self._cursor: Cursor | None = None
        self._seen: deque[tuple[str, int]] = deque(maxlen=_SEEN_COUNT_MAX)
        self._thread = Thread(target=self._run, name="event-feed", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once, also while the database is away."""
        self._wakes = WakePipe()
        self._thread.start()

    def end_streams(self) -> None:
        """End every open stream and those to come; returns at once."""
        self._stop.set()
        if self._wakes is not None:
            self._wakes.wake()
        for subscription in self._open():
            subscription.hand(None)

    def close(self) -> None:
        """End every stream and the thread; waits for the thread."""
        self.end_streams()
        if self._thread.is_alive():
            self._thread.join()
        if self._wakes is not None:
            self._wakes.close()

    def wait_ready(self, timeout_s: float) -> bool:
        """Return whether it hears the database (or did, and will go on where it stopped)."""
        return self._ready.wait(timeout_s)

    def subscribe(self) -> Subscription:
        """Return a subscription of the running event loop, from this moment on."""
        subscription = Subscription()
        with self._lock:
            self._subscriptions.add(subscription)
        if self._stop.is_set():
            subscription.hand(None)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Hand nothing more to a subscription."""
        with self._lock:
            self._subscriptions.discard(subscription)

    @property
    def stream_count(self) -> int:
        """Open streams."""
        return len(self._subscriptions)

    def _open(self) -> list[Subscription]:
        with self._lock:
            return list(self._subscriptions)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._link.run(self._look)
            except UNAVAILABLE:
                self._stop.wait(self._link.next_delay_s())
            except Exception:
                _log.exception("event_feed_failed")
                self._stop.wait(self._link.next_delay_s())
        self._link.close()

    def _look(self, connection: Connection) -> None:
        if self._cursor is None:
            self._cursor = store.select_newest(connection)
            self._seen.extend(event.key for event in store.select_events(connection, self._cursor))
            self._ready.set()
        self._hand_out(store.select_events(connection, self._cursor))
        # One is enough to look again; what else has arrived is taken without waiting.
        if notifications(connection, _LOOK_INTERVAL_S, count_max=1, wakes=self._wakes):
            notifications(connection, 0.0)

    def _hand_out(self, events: list[Event]) -> None:
        known = set(self._seen)
        for event in events:
            if event.key in known:
                continue
            self._seen.append(event.key)
            assert self._cursor is not None, "events are read after the cursor was set"
            self._cursor = self._cursor.past(event)
            for subscription in self._open():
                subscription.hand(event)
