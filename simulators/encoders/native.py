"""Our own format in JSON and CBOR, and a gateway's status (docs/topics-and-codecs.md). Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import cbor2
import orjson

from core.instant import SECOND_US, format_rfc3339
from core.reading import Reading

Time = Literal["ms", "text", "tag 0", "tag 1"]


def up_topic(gateway_uid: str) -> str:
    """Return where a gateway publishes readings."""
    return f"trapwatch/v1/{gateway_uid}/up"


def status_topic(gateway_uid: str) -> str:
    """Return where a gateway's retained status stands."""
    return f"trapwatch/v1/{gateway_uid}/status"


def status(online: bool) -> bytes:
    """Return a gateway's status, also its Will."""
    return b'{"online":true}' if online else b'{"online":false}'


def native_reading(reading: Reading, *, unix_ms: bool = False) -> bytes:
    """Return one reading in native JSON; ``unix_ms`` writes Unix milliseconds for RFC 3339."""
    return orjson.dumps(_native(reading, _TIMES["ms" if unix_ms else "text"]))


def native_batch(readings: Iterable[Reading], *, unix_ms: bool = False) -> bytes:
    """Return several readings in one native message."""
    time = _TIMES["ms" if unix_ms else "text"]
    return orjson.dumps({"readings": [_native(reading, time) for reading in readings]})


def native_cbor(readings: Iterable[Reading], *, time: Time = "ms") -> bytes:
    """Return several readings in one native CBOR message.

    ``ms`` is Unix milliseconds and drops what is finer; ``tag 0`` is tagged text and ``tag 1``
    tagged Unix seconds (RFC 8949 §3.4.1, §3.4.2).
    """
    return cbor2.dumps({"readings": [_native(reading, _TIMES[time]) for reading in readings]})


_TIMES: Mapping[Time, Callable[[int], object]] = {
    "ms": lambda at_us: at_us // 1_000,
    "text": format_rfc3339,
    "tag 0": lambda at_us: cbor2.CBORTag(0, format_rfc3339(at_us)),
    "tag 1": lambda at_us: cbor2.CBORTag(1, at_us / SECOND_US),
}


def _native(reading: Reading, time: Callable[[int], object]) -> dict[str, Any]:
    return {
        "device": reading.device_uid,
        "metric": reading.metric.label,
        "value": reading.value,
        "measured_at": time(reading.measured_at_us),
    }
