"""Case ``decode``: payload bytes to readings, per codec, one core."""

from collections.abc import Iterator
from functools import partial

from bench.record import Record, measured, repeat
from ingest.codecs import CODECS
from ingest.codecs.decoded import Decode
from ingest.topics import Route

_COUNT = 2_000
_RECEIVED_AT_US = 1_767_574_801_000_000

_NATIVE = b'{"device":"bench-%d","metric":"level_mm","value":612.5,"measured_at":1767574800000}'
_NATIVE_TEXT = (
    b'{"device":"bench-%d","metric":"level_mm","value":612.5,'
    b'"measured_at":"2026-01-05T09:00:00.123+08:00"}'
)
_CHIRPSTACK = (
    b'{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d",'
    b'"time":"2026-01-05T01:00:00.123456789+00:00","deviceInfo":{"deviceName":"trap",'
    b'"deviceProfileName":"EM310-UDL","devEui":"24e124136b5%05x","tags":{}},"fCnt":10,"fPort":85,'
    b'"data":"AXVk","object":{"battery":100,"distance":1116.0,"position":"normal"},'
    b'"rxInfo":[{"gatewayId":"0016c001f153a14c","rssi":-57,"snr":9.5}]}'
)
_PAYLOADS = {
    "native": ("native", _NATIVE),
    "native, RFC 3339": ("native", _NATIVE_TEXT),
    "chirpstack": ("chirpstack", _CHIRPSTACK),
}


def run(duration_s: float = 3.0) -> Iterator[Record]:
    """Yield one record a payload kind; a sample is 2,000 messages."""
    for name, (codec, template) in _PAYLOADS.items():
        payloads = [template % number for number in range(_COUNT)]
        samples = repeat(partial(_decode_all, CODECS[codec], Route(codec), payloads), duration_s)
        rate = _COUNT * len(samples) / (sum(samples) / 1_000)
        parameters = {"codec": name, "messages": _COUNT}
        yield measured("decode", parameters, rate=rate, unit="messages/s", samples_ms=samples)


def _decode_all(decode: Decode, route: Route, payloads: list[bytes]) -> None:
    for payload in payloads:
        decode(payload, _RECEIVED_AT_US, route)
