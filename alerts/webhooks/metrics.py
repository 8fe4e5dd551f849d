"""What a relay counts, for Prometheus (docs/operations.md)."""

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.registry import Collector

from alerts.webhooks.model import Attempt, QueueDepth

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0)


class RelayMetrics:
    """Attempts, how long they took, and what waits."""

    def __init__(self) -> None:
        self.attempts = Counter(
            "trapwatch_webhook_attempts",
            "Webhook attempts recorded, by what became of the delivery",
            ["outcome"],
            registry=None,
        )
        self.seconds = Histogram(
            "trapwatch_webhook_attempt_seconds",
            "Duration of one webhook attempt",
            registry=None,
            buckets=_SECONDS,
        )
        self.fenced = Counter(
            "trapwatch_webhook_attempts_fenced",
            "Attempts whose verdict came too late: the delivery was claimed again meanwhile",
            registry=None,
        )
        self.queue = Gauge(
            "trapwatch_webhook_queue",
            "Deliveries: due, scheduled (a later attempt), held (endpoint not active), dead (wait "
            "for a person)",
            ["state"],
            registry=None,
        )
        self.oldest_due = Gauge(
            "trapwatch_webhook_oldest_due_seconds",
            "Age of the oldest delivery that is due and not sent; 0: none",
            registry=None,
        )

    @property
    def collectors(self) -> list[Collector]:
        """Return everything for /metrics."""
        return [self.attempts, self.seconds, self.fenced, self.queue, self.oldest_due]

    def count(self, attempts: Sequence[Attempt], *, fenced: int) -> None:
        """Count recorded attempts."""
        for attempt in attempts:
            self.attempts.labels(outcome=attempt.verdict.outcome.value).inc()
            self.seconds.observe(attempt.answer.duration_ms / 1_000)
        self.fenced.inc(fenced)

    def sample(self, depth: QueueDepth, now: datetime) -> None:
        """Show how much waits."""
        self.queue.labels(state="due").set(depth.due)
        self.queue.labels(state="scheduled").set(depth.scheduled)
        self.queue.labels(state="held").set(depth.held)
        self.queue.labels(state="dead").set(depth.dead)
        since = depth.oldest_due_at
        self.oldest_due.set((now - since).total_seconds() if since else 0.0)
