"""Delivers webhook messages: claim, send, record.

The main thread claims due deliveries under a lease and records what came of them; sender threads
send and judge, outside any transaction; a listener thread hears NOTIFY, so a message goes out
within milliseconds of its commit.

A relay that dies leaves an expired lease: another one sends again, under the same webhook-id. A
relay that is late finds the delivery claimed again (its attempt number has moved on) and changes
nothing but the list of attempts. Any number of relays may run.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final

from alerts.webhooks import endpoints, failing, pacing, store
from alerts.webhooks.deep_links import DeepLinks
from alerts.webhooks.kinds import refusal_of
from alerts.webhooks.lanes import LaneBook
from alerts.webhooks.metrics import RelayMetrics
from alerts.webhooks.model import Attempt, ClaimedDelivery, Terms
from alerts.webhooks.protection import Protection
from alerts.webhooks.retry import Outcome, Response, judge
from alerts.webhooks.sender import Sender
from alerts.webhooks.transport import Transport
from core.clock import Clock
from core.database_link import UNAVAILABLE, DatabaseLink
from core.db import Connection, listen, notifications
from core.log import get_logger
from core.settings import WebhookSettings

_log = get_logger("alerts.relay")

CHANNEL: Final = "webhook"
#: Longest time between two looks at the queue: notices a stop, a lease that ran out, a lost NOTIFY.
_POLL_S = 0.5
_QUEUE_SAMPLE_S = 5.0


OpenLink = Callable[[str, Callable[[Connection], None]], DatabaseLink]


class Relay:
    """One relay; ``run`` returns after ``stop`` is set and what was being sent is recorded.

    ``open_link(name, prepare)`` makes one of its two links to the database; ``random_ratio``
    returns a number in [0, 1). ``public_url`` is where readers of messages find our pages,
    ``deep_links`` makes links into them.
    """

    def __init__(
        self,
        open_link: OpenLink,
        transport: Transport,
        clock: Clock,
        settings: WebhookSettings,
        protection: Protection,
        *,
        user_agent: str,
        random_ratio: Callable[[], float],
        public_url: str | None = None,
        deep_links: DeepLinks | None = None,
    ) -> None:
        self.metrics = RelayMetrics()
        self._queue_link = open_link("trapwatch-relay", store.prepare_relay)
        self._listen_link = open_link("trapwatch-relay-listen", _subscribe)
        self._sender = Sender(transport, protection, user_agent, public_url, deep_links)
        self._clock = clock
        self._settings = settings
        self._order_wait = timedelta(seconds=settings.order_wait_s)
        self._random_ratio = random_ratio
        self._lanes = LaneBook(settings.sender_count)
        self._senders = ThreadPoolExecutor(settings.sender_count, "webhook-send")
        self._finished: SimpleQueue[Attempt] = SimpleQueue()
        self._unrecorded: list[Attempt] = []
        self._wake = Event()

    def problems(self) -> list[str]:
        """Return why this relay is not ready; empty means ready."""
        return [] if self._queue_link.problem is None else [self._queue_link.problem]

    def run(self, stop: Event) -> None:
        """Deliver until told to stop."""
        listener = Thread(target=self._listen, args=(stop,), name="webhook-listen", daemon=True)
        listener.start()
        sample_due_s = 0.0
        while not stop.is_set():
            self._wake.clear()
            try:
                claimed = self._queue_link.run(self._turn)
                if self._clock.monotonic_s() >= sample_due_s:
                    self._queue_link.run(self._sample_queue)
                    sample_due_s = self._clock.monotonic_s() + _QUEUE_SAMPLE_S
                wait_s = _POLL_S if claimed else self._queue_link.run(self._wait_s)
            except UNAVAILABLE:
                stop.wait(self._queue_link.next_delay_s())
            else:
                self._wake.wait(wait_s)
        self._finish()
        listener.join()

    def run_once(self) -> int:
        """Send everything that is due now, record it, return how many attempts were made.

        For tests and one-off use; ``run`` overlaps these steps.
        """
        attempts = 0
        while claimed := self._queue_link.run(self._turn):
            attempts += claimed
            self._await_senders()
            self._queue_link.run(self._record)
        return attempts

    def close(self) -> None:
        """End the threads and connections; nothing may be running any more."""
        self._senders.shutdown()
        self._queue_link.close()
        self._listen_link.close()

    def _turn(self, connection: Connection) -> int:
        """Record what is finished and claim what there is room for; return how many."""
        self._record(connection)
        return self._claim(connection)

    def _claim(self, connection: Connection) -> int:
        free = min(self._lanes.free, self._settings.claim_count_max)
        if not free:
            return 0
        terms = Terms(
            now=self._clock.now(),
            lease=timedelta(seconds=self._settings.lease_s),
            lanes=self._lanes.lanes(self._clock.monotonic_s()),
            order_wait=self._order_wait,
        )
        claimed = pacing.claim_paced(connection, terms, count_max=free)
        claimed += store.claim_deliveries(connection, terms, count_max=free - len(claimed))
        for delivery in claimed:
            self._lanes.start(delivery.endpoint_id, delivery.delivery_id, self._clock.monotonic_s())
            self._senders.submit(self._attempt, delivery)
        return len(claimed)

    def _attempt(self, delivery: ClaimedDelivery) -> None:
        """Make one attempt and judge it; runs in a sender thread, and always reports back."""
        started_at_us = self._clock.now_us()
        answer = self._sender.send(delivery, started_at_us)
        verdict = judge(
            answer,
            delivery.attempt - delivery.schedule_start,
            self._settings.retry_delays_s,
            self._settings.retry_jitter_ratio * self._random_ratio(),
            self._clock.now_us(),
            floor_s=self._settings.retry_floor_s,
            refusal=refusal_of(delivery.kind, answer),
        )
        self._finished.put(Attempt(delivery, started_at_us, answer, verdict))
        self._wake.set()

    def _record(self, connection: Connection) -> None:
        self._collect()
        if not self._unrecorded:
            return
        attempts = self._unrecorded
        now = self._clock.now()
        with connection.transaction():
            for endpoint_id in sorted(
                {a.delivery.endpoint_id for a in attempts if a.verdict.outcome is Outcome.DISABLE}
            ):
                endpoints.disable_gone(connection, endpoint_id, now)
            settled = store.record_attempts(connection, attempts, now)
            failing.note_attempts(connection, attempts)
            pacing.settle(connection, attempts, now)
        self._unrecorded = []
        self.metrics.count(attempts, fenced=len(attempts) - settled)
        for attempt in attempts:
            if attempt.verdict.outcome is not Outcome.DELIVERED:
                _log_failure(attempt)

    def _collect(self) -> None:
        """Take over what the senders have finished; it is kept until it is recorded."""
        while True:
            try:
                attempt = self._finished.get_nowait()
            except Empty:
                return
            self._lanes.finish(
                attempt.delivery.endpoint_id,
                attempt.delivery.delivery_id,
                self._clock.monotonic_s(),
                hung=attempt.verdict.throttled_until_us is not None,
            )
            self._unrecorded.append(attempt)

    def _await_senders(self) -> None:
        """Wait until no attempt is under way; each is bounded by its timeout."""
        while self._lanes.free < self._settings.sender_count:
            self._wake.wait(_POLL_S)
            self._wake.clear()
            self._collect()

    def _wait_s(self, connection: Connection) -> float:
        """Return how long there is nothing to do, at most the polling interval."""
        now = self._clock.now()
        due_at = store.next_due_at(
            connection,
            now=now,
            lanes=self._lanes.lanes(self._clock.monotonic_s()),
            order_wait=self._order_wait,
        )
        if due_at is None or not self._lanes.free:
            return _POLL_S
        return min(_POLL_S, max(0.0, (due_at - now).total_seconds()))

    def _sample_queue(self, connection: Connection) -> None:
        now = self._clock.now()
        self.metrics.sample(store.select_queue(connection, now), now)

    def _finish(self) -> None:
        """Let what is being sent come to its end and record it, once."""
        self._await_senders()
        try:
            self._queue_link.run(self._record)
        except UNAVAILABLE as error:
            # Their leases run out and they are sent again, under the same webhook-id.
            _log.warning("attempts_unrecorded", count=len(self._unrecorded), error=str(error))

    def _listen(self, stop: Event) -> None:
        def _await_message(connection: Connection) -> None:
            if notifications(connection, _POLL_S, count_max=1):
                self._wake.set()

        while not stop.is_set():
            try:
                self._listen_link.run(_await_message)
            except UNAVAILABLE:
                stop.wait(self._listen_link.next_delay_s())


def _subscribe(connection: Connection) -> None:
    listen(connection, CHANNEL)


def _log_failure(attempt: Attempt) -> None:
    dead = attempt.verdict.outcome is not Outcome.RETRY
    (_log.warning if dead else _log.info)(
        "webhook_dead" if dead else "webhook_failed",
        delivery_id=attempt.delivery.delivery_id,
        endpoint_id=attempt.delivery.endpoint_id,
        attempt=attempt.delivery.attempt,
        status=attempt.answer.status if isinstance(attempt.answer, Response) else None,
        reason=attempt.verdict.reason,
    )
