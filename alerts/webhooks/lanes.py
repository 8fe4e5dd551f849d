"""Shares a relay's senders among endpoints, so that those that hang do not hold up the others.

Pure bookkeeping, used by the relay's main thread only. Three rules, because a sender that waits
cannot be called back:

- an endpoint that has not answered yet gets one sender, one that answers may use half of them;
- one that lets an attempt wait for two seconds gets no other until that has ended, and one after
  the other from then on, until it answers in time;
- all of those together get half.

So a county centre whose firewall drops packets does not delay every inspector by a timeout, nor do
a dozen of them, nor those that hang when a relay starts.
"""

from collections import defaultdict

from alerts.webhooks.model import Lanes

#: An attempt that waits for longer makes its endpoint one that hangs.
SLOW_S = 2.0


class LaneBook:
    """Who is being sent to, who answers, and who hangs.

    ``sender_count`` is how many attempts run at once, over all endpoints. Times are monotonic
    seconds of the caller's clock.
    """

    def __init__(self, sender_count: int) -> None:
        self._sender_count = sender_count
        self._share = max(1, sender_count // 2)
        self._hanging_share = max(1, sender_count // 2)
        self._in_flight: defaultdict[int, dict[int, float]] = defaultdict(dict)
        self._answering: set[int] = set()
        self._hanging: dict[int, None] = {}  # in the order of their last attempts

    @property
    def free(self) -> int:
        """Return how many more attempts can start."""
        return self._sender_count - sum(map(len, self._in_flight.values()))

    def start(self, endpoint_id: int, delivery_id: int, now_s: float) -> None:
        """Count an attempt that starts."""
        self._in_flight[endpoint_id][delivery_id] = now_s

    def finish(self, endpoint_id: int, delivery_id: int, now_s: float, *, hung: bool) -> None:
        """Count an attempt that ended; ``hung``: its endpoint is to be called carefully anyway."""
        started_s = self._in_flight[endpoint_id].pop(delivery_id)
        if not self._in_flight[endpoint_id]:
            del self._in_flight[endpoint_id]
        self._hanging.pop(endpoint_id, None)
        if hung or now_s - started_s >= SLOW_S:
            self._hanging[endpoint_id] = None
            self._answering.discard(endpoint_id)
        else:
            self._answering.add(endpoint_id)

    def lanes(self, now_s: float) -> Lanes:
        """Return how many attempts may start for each endpoint; for one unheard of: one."""
        only = {
            endpoint_id: max(0, self._share - len(self._in_flight.get(endpoint_id, ())))
            for endpoint_id in self._answering
        }
        only |= {endpoint_id: 0 for endpoint_id in self._in_flight if endpoint_id not in only}
        hanging = dict(self._hanging)
        for endpoint_id, started in self._in_flight.items():
            if now_s - min(started.values()) >= SLOW_S:
                hanging[endpoint_id] = None
        room = self._hanging_share - sum(
            len(started)
            for endpoint_id, started in self._in_flight.items()
            if endpoint_id in hanging
        )
        for endpoint_id in hanging:
            only[endpoint_id] = int(room > 0 and endpoint_id not in self._in_flight)
            room -= only[endpoint_id]
        return Lanes(1, only)
