"""The load of a benchmark: a process of its own, one raw socket, stamped at the moment of sending.

Run as ``python -m bench.publishing``: prints one JSON object when it is done.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlsplit

from core.clock import SystemClock
from simulators.load import RawPublisher

TOPIC = b"trapwatch/v1/bench-gateway/up"


def start(
    mqtt_url: str, *, count: int, rate_per_s: float | None, devices: int, high_every: int = 0
) -> "subprocess.Popen[bytes]":
    """Start publishing ``count`` single-reading messages; its standard output is the report.

    With ``high_every`` n, every n-th message says that its trap overflows.
    """
    arguments = [
        "--url", mqtt_url, "--count", str(count), "--rate", str(rate_per_s or 0),
        "--devices", str(devices), "--high-every", str(high_every),
    ]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "bench.publishing", *arguments], stdout=subprocess.PIPE
    )


def main() -> None:
    """Publish as the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--high-every", type=int, required=True)
    options = parser.parse_args()
    address = urlsplit(options.url)
    publisher = RawPublisher(str(address.hostname), int(address.port or 1883), "bench-publisher")
    report = publisher.run(
        _messages(options.count, options.devices, options.high_every),
        rate_per_s=options.rate or None,
        window=10_000,
    )
    print(json.dumps({"acked": report.acked, "duration_s": report.duration_s}))


def _messages(
    count: int, devices: int, high_every: int
) -> Iterator[tuple[bytes, Callable[[], bytes]]]:
    clock = SystemClock()

    def payload(number: int) -> bytes:
        high = high_every and number % high_every == 0
        level_mm = 890.0 if high else 612.0 + number % 7
        # Microseconds as fractional milliseconds: no two readings of a device share a time.
        return b'{"device":"bench-%d","metric":"level_mm","value":%.1f,"measured_at":%.3f}' % (
            number % devices + 1,
            level_mm,
            clock.now_us() / 1_000,
        )

    for number in range(count):
        yield TOPIC, partial(payload, number)


if __name__ == "__main__":
    main()
