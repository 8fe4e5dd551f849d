"""Dead letters whose replay was asked for over the API: one worker at a time sends them again."""

from core.backoff import Backoff
from core.clock import Clock
from core.database_link import DatabaseLink
from core.db import AdvisoryLock, Connection, release, translated_errors, try_hold
from core.dead_letters import store
from core.link_thread import LinkThread
from core.log import get_logger
from core.settings import Settings
from ingest.dead_letters.replay import replay
from ingest.dead_letters.session import ReplaySession

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
        self._session: ReplaySession | None = None
        link = DatabaseLink(
            settings.database.url.get_secret_value(),
            "trapwatch-replays",
            backoff=backoff,
            log=_log,
        )
        self._thread = LinkThread("requested-replays", link, self.run_once, _log)

    def start(self) -> None:
        """Begin to look; returns at once, also while the database is away."""
        self._thread.start()

    def close(self) -> None:
        """End after the message that is being replayed."""
        self._thread.close()

    def run_once(self, connection: Connection) -> bool:
        """Replay the oldest that is asked for; False: there is none, or another worker is at it.

        Raises: TransientError, MisconfiguredDatabaseError: try again.
        """
        try:
            return self._replay_oldest(connection)
        except BaseException:
            self._session = None
            raise

    def _replay_oldest(self, connection: Connection) -> bool:
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
