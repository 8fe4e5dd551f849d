"""What a replay needs of a worker: decoder and pipeline on one connection."""

from alerts.engine import Engine
from core.clock import SystemClock
from core.db import Connection
from core.instant import SECOND_US
from core.settings import Settings
from ingest.codecs import CODECS
from ingest.decoding import Decoder, Message
from ingest.directory import Directory
from ingest.ledger import Outcome
from ingest.pipeline import Pipeline
from ingest.topics import Topics

_NO_LIMIT = 1_000_000


class ReplaySession:
    """A worker's path without its broker. Whoever replays has decided: no quota holds it up."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        """Read register and rules.

        Raises: ConfigError, TransientError, MisconfiguredDatabaseError.
        """
        limits = settings.ingest.model_copy(update={"rejected_per_gateway_max": _NO_LIMIT})
        engine = Engine(settings.alerts.notify_age_s_max * SECOND_US)
        self._directory = Directory(_NO_LIMIT, engine.refresh_device)
        self._directory.load(connection)
        self._is_current = True
        self._pipeline = Pipeline(limits, self._directory, engine)
        self.clock = SystemClock()
        self.decoder = Decoder(
            Topics(settings.ingest.topics), CODECS, payload_bytes_max=limits.payload_bytes_max
        )

    def process(self, connection: Connection, messages: list[Message], now_us: int) -> Outcome:
        """Send messages through the pipeline, in the caller's transaction.

        What fails is rolled back with the gateways and devices that it had registered, which the
        copy of the register must not keep: it is read again before the next one.

        Raises: what the pipeline raises.
        """
        if not self._is_current:
            self._directory.load(connection)
        self._is_current = False
        outcome = self._pipeline.process(connection, messages, now_us)
        self._is_current = True
        return outcome
