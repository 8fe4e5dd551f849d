"""Rejected messages on their way into the store, as many of each gateway as it may keep."""

from collections import Counter
from collections.abc import Iterable

from core.db import Connection
from core.instant import HOUR_US
from ingest import store
from ingest.delivery import Rejection
from ingest.quota import Quota


class RejectedMessages:
    """Keeps rejected messages; those over a gateway's hourly quota are counted with a sample.

    A gateway that sends nothing but rubbish may not fill the disk.
    """

    def __init__(self, per_gateway_max: int, payload_bytes_max: int) -> None:
        self._quota = Quota(per_gateway_max, HOUR_US)
        self._payload_bytes_max = payload_bytes_max

    def keep(
        self, connection: Connection, rejections: Iterable[Rejection], now_us: int
    ) -> Counter[str]:
        """Store them in the caller's transaction; return what to ``count`` after its COMMIT."""
        kept: list[Rejection] = []
        over: list[Rejection] = []
        taken: Counter[str] = Counter()
        for rejection in rejections:
            sender = rejection.gateway_uid or rejection.codec or ""
            has_room = taken[sender] < self._quota.left(sender, now_us)
            taken[sender] += has_room
            (kept if has_room else over).append(rejection)
        if kept:
            store.insert_rejected_messages(connection, kept, self._payload_bytes_max)
        if over:
            store.count_rejected_overflow(connection, over)
        return taken

    def count(self, taken: Counter[str], now_us: int) -> None:
        """Count against the quotas what was committed."""
        for sender, count in taken.items():
            self._quota.take(sender, now_us, count)
