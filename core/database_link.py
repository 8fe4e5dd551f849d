"""One private connection that is reopened when it breaks, and what is wrong with it meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TypeVar

from core.backoff import Backoff
from core.db import Connection, connect, cut, translated_errors
from core.errors import MisconfiguredDatabaseError, TransientError, TrapwatchError
from core.log import Logger

Result = TypeVar("Result")

#: Longer than any unit of work may take: statements end at 60 s (core.db), a unit has a few.
ANSWER_S_MAX = 90.0

#: Errors after which the same work may succeed later; anything else is a defect of ours.
UNAVAILABLE = (TransientError, MisconfiguredDatabaseError)


class DatabaseLink:
    """Runs work on a live autocommit connection; used by one thread.

    ``problem`` says why the last work could not be done (None: it could). One log line is written
    when that changes, not one a failure.
    """

    def __init__(
        self,
        url: str,
        application_name: str,
        *,
        backoff: Backoff,
        log: Logger,
        prepare: Callable[[Connection], None] = lambda _connection: None,
        answer_s_max: float = ANSWER_S_MAX,
    ) -> None:
        self._answer_s_max = answer_s_max
        self._url = url
        self._application_name = application_name
        self._backoff = backoff
        self._log = log.bind(connection=application_name)
        self._prepare = prepare
        self._connection: Connection | None = None
        self.problem: str | None = "not connected to the database yet"

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do one piece of work; a connection that broke is thrown away.

        Raises: DatabaseUnavailableError, MisconfiguredDatabaseError (both noted in ``problem``),
            and whatever else the work raises.
        """
        try:
            with translated_errors():
                connection = self._live()
                with self._deadline(connection):
                    result = work(connection)
        except UNAVAILABLE as error:
            self._note(error)
            self.close_broken()
            raise
        except Exception:
            self.close_broken()
            raise
        if self.problem is not None:
            self._log.info("database_ready")
        self.problem = None
        self._backoff.reset()
        return result

    @contextmanager
    def _deadline(self, connection: Connection) -> Iterator[None]:
        """Cut a connection whose server takes statements and never answers.

        The server ends long statements itself; this is for a link on which its answers get lost.
        """
        timer = Timer(self._answer_s_max, cut, (connection,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def next_delay_s(self) -> float:
        """Count one more failure and return how long to wait before the next try."""
        return self._backoff.next_delay_s()

    def close_broken(self) -> None:
        """Throw the connection away if it is unusable."""
        if self._connection is not None and (self._connection.closed or self._connection.broken):
            self.close()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _live(self) -> Connection:
        if self._connection is None:
            connection = connect(self._url, self._application_name, autocommit=True)
            try:
                with self._deadline(connection):
                    self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _note(self, error: TrapwatchError) -> None:
        if str(error) != self.problem:
            self._log.warning("database_unavailable", error=str(error))
        self.problem = str(error)
