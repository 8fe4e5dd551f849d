"""Dead letters whose replay was asked for over the API: one worker at a time sends them again."""

from threading import Event, Thread

from core.backoff import Backoff
from core.clock import Clock
from core.database_link import UNAVAILABLE, DatabaseLink
from core.db import AdvisoryLock, Connection, release, translated_errors, try_hold
from core.dead_letters import store
from core.log import get_logger
from core.settings import Settings
from ingest.dead_letters.replay import replay
from ingest.dead_letters.session import ReplaySession

_BEAT_S = 2.0

_log = get_logger("ingest.replays")


class RequestedReplays:
    """A thread and a connection beside the worker's; ``start`` and ``close`` once each.

    One process at a time sends, until nothing is left: it alone reads register and rules, which
    would hold up the batches of the others, and lets them go afterwards. A connection that ends
    gives the lock back.
    """

    def __init__(self, settings: Settings, clock: Clock, backoff: Backoff) -> None:
        self._settings = settings
        self._clock = clock
        self._stop = Event()
        self._session: ReplaySession | None = None
        self._link = DatabaseLink(
            settings.database.url.get_secret_value(),
            "trapwatch-replays",
            backoff=backoff,
            log=_log,
        )
        self._thread = Thread(target=self._run, name="requested-replays", daemon=True)

    def start(self) -> None:
        """Begin to look; returns at once, also while the database is away."""
        self._thread.start()

    def close(self) -> None:
        """End after the message that is being replayed."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                done = self._link.run(self.run_once)
            except UNAVAILABLE:
                self._begin_anew()
            except Exception:
                _log.exception("replay_failed")
                self._begin_anew()
            else:
                if not done:
                    self._stop.wait(_BEAT_S)
        self._link.close()

    def _begin_anew(self) -> None:
        self._session = None
        self._link.close()
        self._stop.wait(self._link.next_delay_s())

    def run_once(self, connection: Connection) -> bool:
        """Replay the oldest that is asked for; False: there is none, or another worker is at it.

        Raises: TransientError, MisconfiguredDatabaseError: try again.
        """
        with translated_errors():
            if self._session is None:
                if not store.select_requested(connection, 1):
                    return False
                if not try_hold(connection, AdvisoryLock.REPLAY_REQUESTED):
                    return False
                self._session = ReplaySession(self._settings, connection)
            # Looked at under the lock: the one before may have sent what was seen without it.
            requested = store.select_requested(connection, 1)
            if not requested:
                self._session = None
                release(connection, AdvisoryLock.REPLAY_REQUESTED)
                return False
        ((number, actor),) = requested
        result, why = replay(
            connection,
            number,
            actor=actor,
            decoder=self._session.decoder,
            process=self._session.process,
            clock=self._clock,
        )
        _log.info("replayed", number=number, result=result.value, why=why, actor=actor)
        return True
