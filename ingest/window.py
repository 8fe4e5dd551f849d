"""How much may be received and not yet settled: what bounds a worker's memory. Pure."""

from collections.abc import Sequence

from ingest.delivery import Delivery


class Window:
    """Open while fewer than ``count_max`` deliveries of ``bytes_max`` payload bytes are out.

    The broker's own window (``max_inflight_messages``) is to be smaller than ``count_max``, so that
    the broker stops sending first: with its own closed, a worker does not read the broker's
    keep-alive answers either. Twice the broker's window is needed, because a broker that was
    reconnected to sends everything unacknowledged again.
    """

    def __init__(self, count_max: int, bytes_max: int) -> None:
        self._count_max = count_max
        self._bytes_max = bytes_max
        self.count = 0
        self.payload_bytes = 0

    @property
    def is_open(self) -> bool:
        """Whether more may be received."""
        return self.count < self._count_max and self.payload_bytes < self._bytes_max

    def take(self, payload_bytes: int) -> None:
        """Note one received delivery."""
        self.count += 1
        self.payload_bytes += payload_bytes

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Note settled deliveries."""
        self.count -= len(deliveries)
        self.payload_bytes -= sum(len(delivery.payload) for delivery in deliveries)
