"""The ingest process: subscriber to batches to writer to acknowledgements.

One batch is in the database while the subscriber fills the next one. A delivery leaves here only
acknowledged, and is acknowledged only after its outcome is committed.
"""

from collections.abc import Callable
from datetime import datetime
from queue import Empty
from random import random
from threading import Event

from alerts.engine import Engine
from core.backoff import Backoff
from core.clock import Clock
from core.instant import SECOND_US, from_us
from core.log import get_logger
from core.settings import Settings
from ingest.backlog import Backlog
from ingest.batch import Batch, BatchLimits
from ingest.codecs import CODECS
from ingest.decoding import Decoder
from ingest.directory import Directory
from ingest.ledger import Ledger
from ingest.pipeline import Pipeline
from ingest.sparkplug_host import SparkplugHost
from ingest.store import WorkerReport
from ingest.subscriber import Subscriber
from ingest.topics import Topics
from ingest.window import Window
from ingest.writer import StoppedError, Writer

_log = get_logger("ingest.worker")
_REPORT_INTERVAL_S = 5.0
#: The broker sends the next queued message with every acknowledgement: quiet means empty.
_DRAINED_QUIET_S = 2.0


class Worker:
    """One ingest replica; ``run`` returns after ``stop`` is set and the last batch is settled.

    ``leaving``: it is there to ``drain`` its session.
    """

    def __init__(
        self, settings: Settings, clock: Clock, stop: Event, *, leaving: bool = False
    ) -> None:
        self.ledger = Ledger()
        self._client_id = settings.mqtt.client_id
        self._clock = clock
        self._leaving = leaving
        self._started_at = clock.now()
        self._backlog = Backlog(settings.ingest.queue_count_max)
        self._stop = stop
        self._limits = BatchLimits(
            settings.ingest.batch_count_max,
            settings.ingest.batch_bytes_max,
            settings.ingest.batch_age_ms_max / 1_000,
        )
        topics = Topics(settings.ingest.topics)
        self._sparkplug = SparkplugHost()
        self._session = 0
        codecs = {**CODECS, "sparkplug": self._sparkplug.decode}
        self._decoder = Decoder(topics, codecs, payload_bytes_max=settings.ingest.payload_bytes_max)
        engine = Engine(settings.alerts.notify_age_s_max * SECOND_US)
        directory = Directory(settings.ingest.unclaimed_per_gateway_max, engine.refresh_device)
        self._writer = Writer(
            settings.database.url.get_secret_value(),
            directory=directory,
            pipeline=Pipeline(settings.ingest, directory, engine),
            ledger=self.ledger,
            clock=clock,
            backoff=Backoff(settings.ingest.retry_delay_s_max, random),
            stop=stop,
        )
        self._window = Window(2 * settings.ingest.queue_count_max, settings.ingest.queue_bytes_max)
        self._subscriber = Subscriber(
            settings.mqtt,
            filters=topics.subscriptions(settings.mqtt.share_group),
            ledger=self.ledger,
            clock=clock,
            random_ratio=random,
            window=self._window,
            leaving=leaving,
        )

    def problems(self) -> list[str]:
        """Return why this worker is not ready; empty means ready."""
        found = [] if self._writer.problem is None else [self._writer.problem]
        if not self._subscriber.is_listening():
            found.append("not subscribed at the broker")
        return found

    def run(self) -> None:
        """Work until told to stop; deliveries not yet committed then stay with the broker."""
        self._work(lambda: False)

    def drain(self) -> bool:
        """Work off what the broker holds for this worker's session, then end the session.

        For a worker that is to go for good, and for the session of one that died. Subscriptions
        are taken back first, so that the other replicas get all that is new. Returns False, with
        the session and what is left of its queue kept, where told to stop before the end.

        Raises: BrokerUnavailableError: drained, but the session could not be ended.
        """
        quiet_since_s = self._clock.monotonic_s()

        def is_drained() -> bool:
            nonlocal quiet_since_s
            now_s = self._clock.monotonic_s()
            if not self._subscriber.is_listening() or self._window.count:
                quiet_since_s = now_s
            return now_s - quiet_since_s > _DRAINED_QUIET_S

        if not self._work(is_drained):
            return False
        self._subscriber.end_session()
        self._writer.forget(self._client_id)
        return True

    def _work(self, is_done: Callable[[], bool]) -> bool:
        """Settle batches until done or told to stop; return whether done."""
        self._subscriber.start()
        report_due_s = 0.0
        done = False
        try:
            while not self._stop.is_set() and not (done := is_done()):
                batch = self._collect()
                if batch.deliveries:
                    self._settle(batch)
                else:
                    self._backlog.note_idle(self._clock.now_us())
                if self._clock.monotonic_s() >= report_due_s:
                    since_us = None if self._leaving else self._subscriber.listening_since_us
                    self._writer.report(self._report(since_us))
                    report_due_s = self._clock.monotonic_s() + _REPORT_INTERVAL_S
        except StoppedError as error:
            _log.warning("stopped_with_unacknowledged_batch", error=str(error))
        finally:
            self._subscriber.stop()
            self._writer.report(self._report(None))
            self._writer.close()
            _log.info("worker_stopped", **self.ledger.snapshot())
        return done

    def _settle(self, batch: Batch) -> None:
        session = batch.deliveries[-1].session
        if session != self._session:
            self._sparkplug.distrust()
            self._session = session
        decode = self._decoder.decode
        messages = [decode(delivery) for delivery in batch.deliveries]
        for topic, payload in self._sparkplug.take_commands():
            self._subscriber.publish(topic, payload)
        self._writer.settle(messages)
        self._subscriber.settle(batch.deliveries)
        self._backlog.note_batch(
            batch.deliveries[0].received_at_us, self._clock.now_us(), self._window.count
        )
        self.ledger.note_lag(self._backlog.lag_s)

    def _report(self, listening_since_us: int | None) -> WorkerReport:
        return WorkerReport(
            client_id=self._client_id,
            started_at=self._started_at,
            now=self._clock.now(),
            listening_since=_moment(listening_since_us),
            caught_up_since=_moment(self._backlog.caught_up_since_us),
            broker_dropped=self.ledger.broker_dropped,
            **self.ledger.snapshot(),
        )

    def _collect(self) -> Batch:
        """Fill a batch from the queue until count, bytes or age close it."""
        batch = Batch(self._limits)
        queue, clock = self._subscriber.queue, self._clock
        while not batch.is_full():
            try:
                delivery = queue.get_nowait()
            except Empty:
                wait_s = batch.wait_s(clock.monotonic_s())
                if wait_s <= 0.0 or self._stop.is_set():
                    break
                try:
                    delivery = queue.get(timeout=wait_s)
                except Empty:
                    break
            batch.add(delivery, clock.monotonic_s())
        return batch


def _moment(instant_us: int | None) -> datetime | None:
    return None if instant_us is None else from_us(instant_us)
