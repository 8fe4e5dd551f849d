"""Commits batches: retries what is transient, isolates what is poison, loses nothing.

Owns the private connection to the database. ``settle`` returns only when every message of the
batch is committed as readings, duplicate or rejected (or when told to stop before that).
"""

import traceback
from collections.abc import Sequence
from contextlib import suppress
from threading import Event

from core.backoff import Backoff
from core.clock import Clock
from core.database_link import UNAVAILABLE, DatabaseLink
from core.errors import PermanentDataError, TrapwatchError
from core.log import get_logger
from ingest import store
from ingest.decoding import Message
from ingest.delivery import Rejection
from ingest.directory import Directory
from ingest.ledger import Ledger
from ingest.pipeline import Pipeline
from ingest.store import WorkerReport

_log = get_logger("ingest.writer")


class StoppedError(TrapwatchError):
    """The process ends before the batch could be committed; it stays unacknowledged."""


class Writer:
    """Applies the pipeline over one private connection that it reopens when it breaks."""

    def __init__(
        self,
        database_url: str,
        *,
        directory: Directory,
        pipeline: Pipeline,
        ledger: Ledger,
        clock: Clock,
        backoff: Backoff,
        stop: Event,
    ) -> None:
        self._link = DatabaseLink(
            database_url,
            "trapwatch-ingest",
            backoff=backoff,
            log=_log,
            prepare=directory.load,
        )
        self._pipeline = pipeline
        self._ledger = ledger
        self._clock = clock
        self._stop = stop

    @property
    def problem(self) -> str | None:
        """Why the database cannot be written to; None: it can."""
        return self._link.problem

    def settle(self, messages: Sequence[Message]) -> None:
        """Commit a batch, in halves where one of its messages spoils the whole.

        Raises: StoppedError: told to stop while the database was away.
        """
        while True:
            try:
                outcome = self._link.run(
                    lambda connection: self._pipeline.process(
                        connection, messages, self._clock.now_us()
                    )
                )
            except UNAVAILABLE as error:
                self._wait(error)
            except Exception as error:  # any defect is isolated like poison, never a crash loop
                self._isolate(messages, error)
                return
            else:
                self._ledger.count_outcome(outcome)
                return

    def report(self, report: WorkerReport) -> None:
        """Tell the other processes how this worker fares.

        A database that is away is noted in ``problem``; the next batch or report tries again.
        """
        with suppress(*UNAVAILABLE):
            self._link.run(lambda connection: store.report_worker(connection, report))

    def forget(self, client_id: str) -> None:
        """Take a worker that is gone for good out of the list."""
        with suppress(*UNAVAILABLE):
            self._link.run(lambda connection: store.forget_worker(connection, client_id))
        self._link.close()

    def close(self) -> None:
        """Give the connection back."""
        self._link.close()

    def _isolate(self, messages: Sequence[Message], error: Exception) -> None:
        """Halve a batch that cannot be committed until the culprit is alone, then reject it."""
        if len(messages) > 1:
            middle = len(messages) // 2
            self.settle(messages[:middle])
            self.settle(messages[middle:])
            return
        (message,) = messages
        if not isinstance(error, PermanentDataError) and not isinstance(message, Rejection):
            _log.error("evaluation_failed", topic=message.delivery.topic, exc_info=error)
            if self._store_unevaluated(messages):
                return
        self.settle_rejected(message, error)

    def _store_unevaluated(self, messages: Sequence[Message]) -> bool:
        """Keep the reading although a rule failed on it; False when storing fails as well."""
        while True:
            try:
                outcome = self._link.run(
                    lambda connection: self._pipeline.process(
                        connection, messages, self._clock.now_us(), evaluate=False
                    )
                )
            except UNAVAILABLE as error:
                self._wait(error)
            except Exception:
                return False
            else:
                self._ledger.count_outcome(outcome)
                return True

    def settle_rejected(self, message: Message, error: Exception) -> None:
        """Keep one message as rejected because the database or our code cannot take it.

        Raises: StoppedError; RuntimeError: not even the rejection can be kept.
        """
        if isinstance(message, Rejection):
            raise RuntimeError(f"cannot keep a rejected message: {error}") from error
        permanent = isinstance(error, PermanentDataError)
        self.settle(
            [
                Rejection(
                    message.delivery,
                    message.gateway_uid,
                    message.codec,
                    "database_refused" if permanent else "internal_error",
                    str(error) if permanent else "".join(traceback.format_exception(error)),
                )
            ]
        )

    def _wait(self, error: TrapwatchError) -> None:
        self._ledger.count_retry()
        if self._stop.wait(self._link.next_delay_s()):
            raise StoppedError(str(error)) from error
