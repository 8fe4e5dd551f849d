"""Shares a relay's senders among endpoints, so that one that hangs does not hold up the others.

Pure bookkeeping, used by the relay's main thread only. An endpoint that answers may use half of
the senders; one that let its last attempt hang gets one, and all of those together get half. With
the first rule alone a county centre whose firewall drops packets would delay every inspector by a
timeout; with the second a dozen such endpoints cannot either.
"""

from collections import Counter

from alerts.webhooks.model import Lanes


class LaneBook:
    """Who is being sent to, and who hangs.

    ``sender_count`` is how many attempts run at once, over all endpoints.
    """

    def __init__(self, sender_count: int) -> None:
        self._sender_count = sender_count
        self._share = max(1, sender_count // 2)
        self._hanging_share = max(1, sender_count // 2)
        self._in_flight: Counter[int] = Counter()
        self._hanging: dict[int, None] = {}  # in the order of their last attempts

    @property
    def free(self) -> int:
        """Return how many more attempts can start."""
        return self._sender_count - self._in_flight.total()

    def start(self, endpoint_id: int) -> None:
        """Count an attempt that starts."""
        self._in_flight[endpoint_id] += 1

    def finish(self, endpoint_id: int, *, hung: bool) -> None:
        """Count an attempt that ended; ``hung``: it kept its sender for long, or got no answer."""
        self._in_flight[endpoint_id] -= 1
        if not self._in_flight[endpoint_id]:
            del self._in_flight[endpoint_id]
        self._hanging.pop(endpoint_id, None)
        if hung:
            self._hanging[endpoint_id] = None

    def lanes(self) -> Lanes:
        """Return how many attempts may start for each endpoint."""
        only = {
            endpoint_id: max(0, self._share - count)
            for endpoint_id, count in self._in_flight.items()
        }
        room = self._hanging_share - sum(
            count for endpoint_id, count in self._in_flight.items() if endpoint_id in self._hanging
        )
        for endpoint_id in self._hanging:
            only[endpoint_id] = int(room > 0 and not self._in_flight[endpoint_id])
            room -= only[endpoint_id]
        return Lanes(self._share, only)
