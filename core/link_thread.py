"""A thread that does one piece of work after the other on a database link of its own."""

from collections.abc import Callable
from threading import Event, Thread

from core.database_link import UNAVAILABLE, DatabaseLink
from core.db import Connection
from core.log import Logger

_BEAT_S = 2.0


class LinkThread:
    """``run_once`` does a piece and returns False where there is none: then it is asked every 2 s.

    A failure closes the connection, which gives back what it held. ``start`` and ``close`` once
    each.
    """

    def __init__(
        self, name: str, link: DatabaseLink, run_once: Callable[[Connection], bool], log: Logger
    ) -> None:
        self._link = link
        self._run_once = run_once
        self._log = log
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    @property
    def is_closing(self) -> bool:
        """Whether the piece at hand is the last one."""
        return self._stop.is_set()

    def start(self) -> None:
        """Begin to look; returns at once, also while the database is away."""
        self._thread.start()

    def close(self) -> None:
        """End after the piece at hand, and give the connection back."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                done = self._link.run(self._run_once)
            except UNAVAILABLE:
                self._begin_anew()
            except Exception:
                self._log.exception("work_failed", thread=self._thread.name)
                self._begin_anew()
            else:
                if not done:
                    self._stop.wait(_BEAT_S)
        self._link.close()

    def _begin_anew(self) -> None:
        self._link.close()
        self._stop.wait(self._link.next_delay_s())
