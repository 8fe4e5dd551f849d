"""HJ 212-2017 frames: §6.3 (frame), §6.6 (commands), appendix A (CRC). Pure."""

from collections.abc import Iterable
from datetime import timedelta

from core.instant import from_us
from core.reading import Metric, Quality, Reading

_POLYNOMIAL = 0xA001
_BEIJING = timedelta(hours=8)
_FLAG_OF = {
    Quality.GOOD: "N", Quality.BAD_VALUE: "T", Quality.SENSOR_FAULT: "D",
}  # fmt: skip


def upload_topic(gateway_uid: str) -> str:
    """Return where a gateway publishes frames."""
    return f"trapwatch/v1/{gateway_uid}/up/hj212"


def realtime(mn: str, at_us: int, readings: Iterable[Reading], *, flag: int = 5) -> bytes:
    """Return a real-time upload (CN 2011) of one station at one whole second."""
    moment = f"{from_us(at_us) + _BEIJING:%Y%m%d%H%M%S}"
    items = [f"DataTime={moment}"]
    for reading in readings:
        code = "w00000" if reading.metric is Metric.FLOW_LPS else reading.metric.label
        items.append(f"{code}-Rtd={reading.value!r},{code}-Flag={_FLAG_OF[reading.quality]}")
    parameters = ";".join(items)
    return _frame(f"QN={moment}000;ST=32;CN=2011;PW=123456;MN={mn};Flag={flag};CP=&&{parameters}&&")


def heartbeat(mn: str, at_us: int) -> bytes:
    """Return a heartbeat (CN 9015) that wants an answer."""
    moment = f"{from_us(at_us) + _BEIJING:%Y%m%d%H%M%S}"
    return _frame(f"QN={moment}000;ST=91;CN=9015;PW=123456;MN={mn};Flag=5;CP=&&&&")


def _frame(text: str) -> bytes:
    segment = text.encode()
    return f"##{len(segment):04d}".encode() + segment + f"{_check(segment):04X}\r\n".encode()


def _check(data: bytes) -> int:
    """Appendix A: the register's high byte goes on alone and meets the next byte of the data."""
    value = 0xFFFF
    for item in data:
        value = item ^ (value >> 8)
        for _ in range(8):
            low = value & 1
            value >>= 1
            if low:
                value ^= _POLYNOMIAL
    return value
