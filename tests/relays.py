"""Relays on a test's database and clock, and a look at what they did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from alerts.webhooks.guard import AddressGuard
from alerts.webhooks.network import Resolve, resolve
from alerts.webhooks.relay import Relay
from alerts.webhooks.transport import HttpTransport
from core.backoff import Backoff
from core.clock import Clock, ManualClock, SystemClock
from core.database_link import DatabaseLink
from core.db import Connection, connect
from core.instant import SECOND_US
from core.log import get_logger
from core.settings import WebhookSettings
from tests.webhooks import LOOPBACK, NOW_US, PROTECTION

SETTINGS = WebhookSettings(
    retry_delays_s=(5, 300, 1_800), retry_jitter_ratio=0.0, timeout_s=0.5, lease_s=60
)
MakeRelay = Callable[..., Relay]


def clocks() -> ManualClock:
    """Return a clock that stands at NOW; wrapped by fixtures, like the next two."""
    return ManualClock(NOW_US)


def connections(database_url: str) -> Iterator[Connection]:
    """Yield a connection that commits each statement."""
    with connect(database_url, "test", autocommit=True) as opened:
        yield opened


def relay_makers(database_url: str, clock: ManualClock) -> Iterator[MakeRelay]:
    """Relays on the test's database and clock; all are closed afterwards."""
    made: list[tuple[Relay, HttpTransport]] = []

    def make(
        settings: WebhookSettings = SETTINGS,
        on: Clock = clock,
        guard: AddressGuard = LOOPBACK,
        resolve: Resolve = resolve,
    ) -> Relay:
        def open_link(name: str, prepare: Callable[[Connection], None]) -> DatabaseLink:
            backoff = Backoff(0.2, lambda: 0.0, delay_s_first=0.01)
            return DatabaseLink(
                database_url, name, backoff=backoff, log=get_logger("test"), prepare=prepare
            )

        transport = HttpTransport(
            SystemClock(), timeout_s=settings.timeout_s, guard=guard, resolve=resolve
        )
        relay = Relay(
            open_link,
            transport,
            on,
            settings,
            PROTECTION,
            user_agent="Trapwatch/test",
            random_ratio=lambda: 0.5,
        )
        made.append((relay, transport))
        return relay

    yield make
    for relay, transport in made:
        relay.close()
        transport.close()


@contextmanager
def running(relay: Relay) -> Iterator[None]:
    """Run a relay in a thread of its own; it must stop when told."""
    stop = Event()
    thread = Thread(target=relay.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10.0)
    assert not thread.is_alive()


def delivery(connection: Connection, delivery_id: int) -> tuple[str, float | None, int]:
    """State, seconds from NOW to the next attempt, and attempts of a delivery."""
    row = connection.execute(
        "SELECT state, extract(epoch FROM next_attempt_at)::float8, attempt_count"
        " FROM webhook_delivery WHERE webhook_delivery_id = %s",
        (delivery_id,),
    ).fetchone()
    assert row is not None
    state, next_s, attempts = row
    return state, None if next_s is None else next_s - NOW_US / SECOND_US, attempts


def attempts(connection: Connection, delivery_id: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT attempt, http_status, outcome, detail FROM webhook_attempt"
        " WHERE webhook_delivery_id = %s ORDER BY attempt",
        (delivery_id,),
    ).fetchall()
