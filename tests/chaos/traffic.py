"""Readings of a small county whose traps overflow and drain, and how a bad network delivers them.

Pure: the same seed gives the same messages. Event time runs faster than the wall: a device reports
once a simulated minute, so the catalogue's own holds of minutes are proven within seconds.
"""

import heapq
import json
import random
from collections.abc import Iterable, Iterator

from simulators.load import Message

TOPIC = b"trapwatch/v1/bench-gateway/up"
#: Outlet at 600 mm, cover at 900: R01 fires at 700 and clears below 660, R02 at 870 and below 750.
_LEVELS_MM = (610.0, 610.0, 612.0, 680.0, 720.0, 800.0, 880.0, 890.0)
_INTERVAL_US = 60_000_000
_DUPLICATE_SHARE, _DELAY_SHARE = 0.08, 0.04
_NEAR, _FAR = 300, 3_000


def history(seed: int, device_count: int, start_us: int) -> Iterator[bytes]:
    """Yield payloads for ever: one reading of each device ``bench-1`` … in turn.

    Levels stay in one band for 3..40 readings; every value is a multiple of 1/8 mm, so that sums
    are exact in any order. Event times of a device are a minute apart, first ``start_us``.
    """
    rng = random.Random(f"history {seed}")
    level_mm = [_LEVELS_MM[0]] * device_count
    left = [rng.randrange(3, 40) for _ in range(device_count)]
    at_us = start_us
    while True:
        for device in range(device_count):
            if left[device] == 0:
                level_mm[device] = rng.choice(_LEVELS_MM)
                left[device] = rng.randrange(3, 40)
            left[device] -= 1
            reading = {
                "device": f"bench-{device + 1}",
                "metric": "level_mm",
                "value": level_mm[device] + rng.randrange(40) / 8,
                "measured_at": at_us // 1_000,
            }
            yield json.dumps(reading).encode()
        at_us += _INTERVAL_US


def mistreated(seed: int, payloads: Iterable[bytes]) -> Iterator[Message]:
    """Yield messages in the order of arrival: some twice, some up to 3,000 places late."""
    rng = random.Random(f"mistreated {seed}")
    waiting: list[tuple[int, int, bytes]] = []

    def late() -> int:
        return rng.randrange(1, _NEAR if rng.random() < 0.9 else _FAR)

    for place, payload in enumerate(payloads):
        own_delay = late() if rng.random() < _DELAY_SHARE else 0
        heapq.heappush(waiting, (place + own_delay, place, payload))
        if rng.random() < _DUPLICATE_SHARE:
            heapq.heappush(waiting, (place + late(), place, payload))
        while waiting and waiting[0][0] <= place:
            yield TOPIC, heapq.heappop(waiting)[2]
