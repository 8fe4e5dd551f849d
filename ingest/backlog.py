"""Whether a worker keeps up with what the broker has for it. Pure.

Silence is only judged while it does: after an outage of ours the devices' readings still wait in
the broker, and nobody may be called silent before they are committed.
"""

LAG_US_MAX = 10_000_000


class Backlog:
    """Keeps up = the last batch was committed soon, and the window of deliveries is not full.

    A full window is the sign that the broker holds more: it sends the next message with every
    acknowledgement.
    """

    def __init__(self, window: int) -> None:
        self._unsettled_max = window // 2
        self._lag_us = 0
        self.caught_up_since_us: int | None = None

    @property
    def lag_s(self) -> float:
        """How long the oldest delivery of the last batch had waited when it was committed."""
        return self._lag_us / 1_000_000

    def note_batch(self, oldest_received_us: int, now_us: int, unsettled: int) -> None:
        """Take note of a committed batch."""
        self._lag_us = max(0, now_us - oldest_received_us)
        self._judge(now_us, unsettled)

    def note_idle(self, now_us: int) -> None:
        """Take note that nothing waits."""
        self._lag_us = 0
        self._judge(now_us, 0)

    def _judge(self, now_us: int, unsettled: int) -> None:
        if self._lag_us > LAG_US_MAX or unsettled > self._unsettled_max:
            self.caught_up_since_us = None
        elif self.caught_up_since_us is None:
            self.caught_up_since_us = now_us
