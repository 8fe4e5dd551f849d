"""When a batch of deliveries is full: by count, by bytes, or by the age of its first delivery.

Pure: the time is an argument, and nothing here waits.
"""

from dataclasses import dataclass, field

from ingest.delivery import Delivery


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """A batch is closed by whichever of these it reaches first."""

    count_max: int
    bytes_max: int
    age_s_max: float


@dataclass(slots=True)
class Batch:
    """Deliveries in arrival order; ``opened_at_s`` is monotonic seconds of the first one."""

    limits: BatchLimits
    deliveries: list[Delivery] = field(default_factory=list)
    payload_bytes: int = 0
    opened_at_s: float = 0.0

    def add(self, delivery: Delivery, now_s: float) -> None:
        """Append one delivery; the first one starts the batch's age."""
        if not self.deliveries:
            self.opened_at_s = now_s
        self.deliveries.append(delivery)
        self.payload_bytes += len(delivery.payload)

    def is_full(self) -> bool:
        """Whether count or bytes close the batch."""
        return (
            len(self.deliveries) >= self.limits.count_max
            or self.payload_bytes >= self.limits.bytes_max
        )

    def wait_s(self, now_s: float) -> float:
        """Seconds until age closes the batch; 0 when it is due, the whole age when empty."""
        if not self.deliveries:
            return self.limits.age_s_max
        return max(0.0, self.opened_at_s + self.limits.age_s_max - now_s)
