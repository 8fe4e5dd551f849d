"""The load of a benchmark: a process of its own, one raw socket, stamped at the moment of sending.

Run as ``python -m bench.publishing``: prints one JSON object when it is done.
"""

import argparse
import json
import subprocess
import sys
from functools import partial
from urllib.parse import urlsplit

from core.clock import SystemClock
from simulators.load import RawPublisher

TOPIC = b"trapwatch/v1/bench-gateway/up"


def start(
    mqtt_url: str,
    *,
    count: int,
    rate_per_s: float | None,
    devices: int,
    high_every: int = 0,
    readings_each: int = 1,
) -> "subprocess.Popen[bytes]":
    """Start publishing ``count`` messages; its standard output is the report.

    With ``high_every`` n, every n-th reading says that its trap overflows. A message holds
    ``readings_each`` readings of as many devices.
    """
    arguments = [
        "--url", mqtt_url, "--count", str(count), "--rate", str(rate_per_s or 0),
        "--devices", str(devices), "--high-every", str(high_every),
        "--readings-each", str(readings_each),
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
    parser.add_argument("--readings-each", type=int, required=True)
    options = parser.parse_args()
    address = urlsplit(options.url)
    publisher = RawPublisher(str(address.hostname), int(address.port or 1883), "bench-publisher")
    reading = _Reading(options.devices, options.high_every)
    each = options.readings_each
    make = partial(_batch, reading, each) if each > 1 else reading
    report = publisher.run(
        ((TOPIC, partial(make, number)) for number in range(options.count)),
        rate_per_s=options.rate or None,
        window=10_000,
    )
    print(json.dumps({"acked": report.acked, "duration_s": report.duration_s}))


class _Reading:
    """Makes the n-th reading, stamped at the moment it is made."""

    def __init__(self, devices: int, high_every: int) -> None:
        self._clock = SystemClock()
        self._devices = devices
        self._high_every = high_every

    def __call__(self, number: int) -> bytes:
        high = self._high_every and number % self._high_every == 0
        # Microseconds as fractional milliseconds: no two readings of a device share a time.
        return b'{"device":"bench-%d","metric":"level_mm","value":%.1f,"measured_at":%.3f}' % (
            number % self._devices + 1,
            890.0 if high else 612.0 + number % 7,
            self._clock.now_us() / 1_000,
        )


def _batch(reading: _Reading, each: int, number: int) -> bytes:
    first = number * each
    items = b",".join([reading(item) for item in range(first, first + each)])
    return b'{"readings":[' + items + b"]}"


if __name__ == "__main__":
    main()
