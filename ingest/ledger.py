"""The conservation ledger: received = stored + duplicate + rejected + in flight, always.

Counted in messages (deliveries), once each, where the fact happens: ``received`` by the
subscriber, the three outcomes by the writer after COMMIT. A delivery whose connection is lost
stays in flight until the writer has settled it; what the broker sends again counts as received
again and ends as a duplicate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(slots=True)
class Outcome:
    """What became of one committed batch, in messages (and readings where it says so)."""

    stored: int = 0
    duplicate: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    readings_stored: int = 0
    readings_duplicate: int = 0
    readings_conflicting: int = 0
    alerts_fired: int = 0

    @property
    def settled(self) -> int:
        """Messages whose outcome is committed."""
        return self.stored + self.duplicate + sum(self.rejected.values())


class Ledger(Collector):
    """Counters of one worker; thread-safe; served on /metrics."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._received = 0
        self._total = Outcome()
        self._batches = 0
        self._retries = 0
        self._lag_s = 0.0
        self._broker_dropped: int | None = None

    def count_received(self, messages: int) -> None:
        """Count deliveries taken over from the broker; only the network thread does."""
        self._received += messages

    def count_outcome(self, outcome: Outcome) -> None:
        """Count one committed batch."""
        with self._lock:
            total = self._total
            self._batches += 1
            total.stored += outcome.stored
            total.duplicate += outcome.duplicate
            total.readings_stored += outcome.readings_stored
            total.readings_duplicate += outcome.readings_duplicate
            total.readings_conflicting += outcome.readings_conflicting
            total.alerts_fired += outcome.alerts_fired
            for reason, count in outcome.rejected.items():
                total.rejected[reason] = total.rejected.get(reason, 0) + count

    def count_retry(self) -> None:
        """Count a transaction that was rolled back and will be tried again."""
        with self._lock:
            self._retries += 1

    def note_lag(self, lag_s: float) -> None:
        """Note how long the oldest delivery of the last batch had waited when it was committed."""
        with self._lock:
            self._lag_s = lag_s

    def note_broker_dropped(self, messages: int) -> None:
        """Note the broker's own count of messages it dropped because a queue was full."""
        with self._lock:
            self._broker_dropped = messages

    @property
    def broker_dropped(self) -> int | None:
        """The broker's count; None: it has not told us."""
        with self._lock:
            return self._broker_dropped

    def snapshot(self) -> dict[str, int]:
        """Return received, stored, duplicate, rejected and in_flight; the last is derived."""
        with self._lock:
            total = self._total
            return {
                "received": self._received,
                "stored": total.stored,
                "duplicate": total.duplicate,
                "rejected": sum(total.rejected.values()),
                "in_flight": self._received - total.settled,
            }

    def collect(self) -> Iterator[Metric]:
        """Yield the ledger as Prometheus metrics (docs/operations.md)."""
        with self._lock:
            total = self._total
            messages = CounterMetricFamily(
                "trapwatch_messages", "MQTT messages by outcome", labels=["outcome"]
            )
            messages.add_metric(["received"], self._received)
            messages.add_metric(["stored"], total.stored)
            messages.add_metric(["duplicate"], total.duplicate)
            rejected = CounterMetricFamily(
                "trapwatch_messages_rejected", "Messages kept as rejected", labels=["reason"]
            )
            for reason, count in sorted(total.rejected.items()):
                rejected.add_metric([reason], count)
            readings = CounterMetricFamily(
                "trapwatch_readings", "Readings by outcome", labels=["outcome"]
            )
            readings.add_metric(["stored"], total.readings_stored)
            readings.add_metric(["duplicate"], total.readings_duplicate)
            readings.add_metric(["conflicting"], total.readings_conflicting)
            in_flight = self._received - total.settled
            batches, retries = self._batches, self._retries
            lag_s, broker_dropped = self._lag_s, self._broker_dropped
        yield messages
        yield rejected
        yield readings
        yield GaugeMetricFamily(
            "trapwatch_messages_in_flight", "Received, not yet committed", value=in_flight
        )
        yield CounterMetricFamily("trapwatch_batches", "Committed batches", value=batches)
        yield CounterMetricFamily(
            "trapwatch_batch_retries", "Transactions rolled back and retried", value=retries
        )
        yield GaugeMetricFamily(
            "trapwatch_ingest_lag_seconds", "Wait of the last batch's oldest message", value=lag_s
        )
        if broker_dropped is not None:
            yield GaugeMetricFamily(
                "trapwatch_broker_messages_dropped", "$SYS: dropped, a queue was full",
                value=broker_dropped,
            )  # fmt: skip
