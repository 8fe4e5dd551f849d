"""The gateway of a chaos run: one publisher in a thread, and the ledger of what it was promised."""

from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread

from core.clock import SystemClock
from simulators.ledger import Ledger, LedgerContent, read_ledger
from simulators.load import LoadReport, Message, RawPublisher

_WINDOW = 1_000
_DRAIN_S = 30.0


class Publishing:
    """Publishes until stopped; ``acked_at_us`` holds when each index was acknowledged.

    What is sent and what is acknowledged goes into the ledger file, from which the checker works.
    """

    def __init__(
        self, port: int, messages: Iterable[Message], path: Path, *, rate_per_s: float
    ) -> None:
        self.acked_at_us: dict[int, int] = {}
        self.report: LoadReport | None = None
        self._publisher = RawPublisher("127.0.0.1", port, "chaos-publisher")
        self._messages = messages
        self._path = path
        self._rate_per_s = rate_per_s
        self._stop = Event()
        self._thread = Thread(target=self._run, name="publisher", daemon=True)

    @property
    def acked(self) -> int:
        """How many publishes were acknowledged so far."""
        return len(self.acked_at_us)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> LedgerContent:
        """Send no more, wait for what is still due, and return the ledger."""
        self._stop.set()
        self._thread.join(_DRAIN_S)
        assert self.report is not None, "the publisher has not come to its end"
        return read_ledger(self._path)

    def _run(self) -> None:
        clock = SystemClock()
        with Ledger(self._path) as ledger:

            def note(index: int) -> None:
                self.acked_at_us[index] = clock.now_us()
                ledger.acked(index)

            self.report = self._publisher.run(
                ledger.recorded(self._messages),
                rate_per_s=self._rate_per_s,
                window=_WINDOW,
                on_acked=note,
                stop=self._stop,
            )
