"""How much a robot may be sent: a token bucket, kept as one instant. Pure.

The generic cell rate algorithm (ITU-T I.371): ``spent_until_us`` is when the bucket would be full
again if nothing more were taken. Whatever happens, no stretch of time sees more than ``burst`` plus
one for each ``refill_us`` in it: that sum is what must stay below a vendor's limit.
"""

from typing import NamedTuple

from core.instant import MINUTE_US, SECOND_US


class Bucket(NamedTuple):
    """A robot's budget.

    In the first ``avoided_us`` of every whole and half hour nothing is sent.
    """

    burst: int
    refill_us: int
    avoided_us: int = 0


#: DingTalk and WeCom take 20 a minute: 8 and 10 refilled are 18, which leaves two for drift.
TWENTY_A_MINUTE = Bucket(8, 5_500_000)
#: Feishu takes 5 a second and 100 a minute: 3 + 1 a second, 3 + 60 a minute.
FIVE_A_SECOND = Bucket(3, SECOND_US, avoided_us=15 * SECOND_US)


def tokens(bucket: Bucket, spent_until_us: int | None, now_us: int) -> int:
    """Return how many messages may go now; ``spent_until_us`` None: none ever went."""
    if now_us % (30 * MINUTE_US) < bucket.avoided_us:
        return 0
    if spent_until_us is None:
        return bucket.burst
    missing_us = max(spent_until_us - now_us, 0)
    return max(bucket.burst - -(-missing_us // bucket.refill_us), 0)


def spend(bucket: Bucket, spent_until_us: int | None, now_us: int, count: int) -> int:
    """Return ``spent_until_us`` after ``count`` tokens were taken."""
    return max(spent_until_us or now_us, now_us) + count * bucket.refill_us
