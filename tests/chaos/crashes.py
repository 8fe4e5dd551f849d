"""A SIGKILL of Mosquitto, and which losses it explains."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.clock import SystemClock
from core.instant import SECOND_US
from tests.chaos.rig import Rig

#: An acknowledgement may reach the publisher this long after the broker's death (delayed links).
_ACK_UNDERWAY_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Crash:
    """A SIGKILL of the broker, and when it had last written its store; wall time.

    What it acknowledged in between is its persistence window: only that may be lost.
    """

    killed_at_us: int
    saved_at_us: int

    def covers(self, acked_at_us: int) -> bool:
        """Return whether a publish acknowledged then may be lost."""
        return self.saved_at_us < acked_at_us <= self.killed_at_us + _ACK_UNDERWAY_US


def crash_broker(rig: Rig) -> Crash:
    """SIGKILL the broker and say how old its store was."""
    rig.broker.kill()
    killed_at_us = SystemClock().now_us()
    store = rig.broker.data / "mosquitto.db"
    return Crash(killed_at_us, store.stat().st_mtime_ns // 1_000)


def losses(
    lost: Collection[int], acked_at_us: Mapping[int, int], crashes: Sequence[Crash]
) -> list[dict[str, Any]]:
    """Return, for each crash, what it lost and how long before it that was acknowledged.

    Raises: AssertionError: something was lost that no crash explains.
    """
    ages_us: list[list[int]] = [[] for _ in crashes]
    for index in lost:
        at_us = acked_at_us[index]
        covering = [n for n, crash in enumerate(crashes) if crash.covers(at_us)]
        assert covering, f"{index} is lost outside every persistence window"
        # The first crash after it: what a crash takes from memory, no later one can take again.
        after = [n for n in covering if crashes[n].killed_at_us >= at_us]
        guilty = (after or covering)[0]
        ages_us[guilty].append(crashes[guilty].killed_at_us - at_us)
    return [
        {
            "store_age_s": round((crash.killed_at_us - crash.saved_at_us) / SECOND_US, 1),
            "lost": len(ages),
            "oldest_lost_s": round(max(ages) / SECOND_US, 1) if ages else None,
            "newest_lost_s": round(min(ages) / SECOND_US, 2) if ages else None,
        }
        for crash, ages in zip(crashes, ages_us, strict=True)
    ]
