"""Commits batches: retries what is transient, isolates what is poison, loses nothing.

Owns the private connection to the database. ``settle`` returns only when every message of the
batch is committed as readings, duplicate or rejected (or when told to stop before that).
"""

import traceback
from collections.abc import Callable, Sequence
from threading import Event
from typing import TypeVar

from core.backoff import Backoff
from core.clock import Clock
from core.db import Connection, connect
from core.errors import (
    MisconfiguredDatabaseError,
    PermanentDataError,
    TransientError,
    TrapwatchError,
)
from core.instant import from_us
from core.log import get_logger
from ingest import store
from ingest.decoding import Message
from ingest.directory import Directory
from ingest.ledger import Ledger
from ingest.pipeline import Pipeline
from ingest.store import Rejection

_log = get_logger("ingest.writer")
Result = TypeVar("Result")


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
        self._database_url = database_url
        self._directory = directory
        self._pipeline = pipeline
        self._ledger = ledger
        self._clock = clock
        self._backoff = backoff
        self._stop = stop
        self._connection: Connection | None = None
        self.problem: str | None = "not connected to the database yet"

    def settle(self, messages: Sequence[Message]) -> None:
        """Commit a batch, in halves where one of its messages spoils the whole.

        Raises: StoppedError: told to stop while the database was away.
        """
        while True:
            try:
                outcome = self._attempt(
                    lambda connection: self._pipeline.process(
                        connection, messages, self._clock.now_us()
                    )
                )
            except (TransientError, MisconfiguredDatabaseError) as error:
                self._wait(error)
            except Exception as error:  # any defect is isolated like poison, never a crash loop
                self._isolate(messages, error)
                return
            else:
                self._ledger.count_outcome(outcome)
                return

    def report(self, client_id: str, listening_since_us: int | None) -> None:
        """Tell the other processes that this worker lives, and since when it listens.

        A database that is away is noted in ``problem``; the next batch or report tries again.
        """
        now = self._clock.now()
        since = None if listening_since_us is None else from_us(listening_since_us)
        try:
            self._attempt(
                lambda connection: store.report_worker(
                    connection, client_id=client_id, listening_since=since, now=now
                )
            )
        except TrapwatchError as error:
            self._note(error)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attempt(self, work: Callable[[Connection], Result]) -> Result:
        """Do one piece of work on a live connection; a broken one is thrown away."""
        if self._connection is None:
            self._connection = connect(self._database_url, "trapwatch-ingest", autocommit=True)
            self._directory.load(self._connection)
        try:
            result = work(self._connection)
        finally:
            if self._connection.broken:
                self.close()
        if self.problem is not None:
            _log.info("database_ready")
        self.problem = None
        self._backoff.reset()
        return result

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
                outcome = self._attempt(
                    lambda connection: self._pipeline.process(
                        connection, messages, self._clock.now_us(), evaluate=False
                    )
                )
            except (TransientError, MisconfiguredDatabaseError) as error:
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
        self._note(error)
        if self._stop.wait(self._backoff.next_delay_s()):
            raise StoppedError(str(error)) from error

    def _note(self, error: TrapwatchError) -> None:
        """Remember why we are not ready; one log line when the reason changes."""
        if str(error) != self.problem:
            _log.warning("database_unavailable", error=str(error))
        self.problem = str(error)
