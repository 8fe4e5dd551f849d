"""HJ 212-2017 uploads (and plain-text ones of 2025) to readings.

Source: HJ 212-2017 §6.6 (commands), appendix B (factors); the local extension is in
docs/topics-and-codecs.md, since the standard has no codes for grease traps.
"""

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from core.errors import DecodeError
from core.reading import METRIC_BY_LABEL, Metric, Quality, Reading
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.codecs.fields import device_uid, instant_us
from ingest.codecs.hj212_frame import Frame, parse_frames, parse_parameters
from ingest.codecs.measured import nothing_known
from ingest.topics import Route

#: Commands that upload measured values, and which of a factor's fields is the value: real-time data
#: and the averages of minutes, hours and days.
_VALUE_FIELD = {"2011": "Rtd", "2051": "Avg", "2061": "Avg", "2031": "Avg"}
_BEIJING = timezone(timedelta(hours=8))
#: Data flags (table 8): N is measured in normal operation; T is over range; the rest (stopped,
#: maintenance, manual, fault, calibrating, no connection) is the station's word that it is not.
_QUALITY = {"N": Quality.GOOD, "T": Quality.BAD_VALUE}
#: Process codes of tank levels (biogas and pump wells), in metres.
_TANK_LEVEL = re.compile(r"e(312|416)\d\d")
_FLOW = "w00000"


def decode(payload: bytes, _received_at_us: int, _route: Route) -> Decoded:
    """Decode one or more whole frames; the MN is the device.

    Returns: one reading a known factor, at DataTime (Beijing time; the start of the period for
        averages), else at QN. A frame that uploads no data (a heartbeat, an answer) says that its
        station is there.
    Raises: DecodeError: no whole frame, a CRC that does not fit, encrypted parameters, a number
        that is none, or uploads without a known factor.
    """
    readings: list[Reading] = []
    presences: list[Presence] = []
    for frame in parse_frames(payload):
        uid = device_uid(_field(frame, "MN"))
        command = _field(frame, "CN")
        if command not in _VALUE_FIELD:
            presences.append(Presence(Party.DEVICE, uid, True))
            continue
        parameters = parse_parameters(frame.parameters)
        at_us = _measured_at_us(parameters.get("DataTime", ""), _field(frame, "QN"))
        found = list(_values(parameters, _VALUE_FIELD[command]))
        if not found:
            raise nothing_known("factors", parameters)
        readings += (
            Reading(uid, metric, value, at_us, quality) for metric, value, quality in found
        )
    return Decoded(readings, presences)


def _field(frame: Frame, name: str) -> str:
    value = frame.fields.get(name, "")
    if not value:
        raise DecodeError(f"{name}=… expected in the data segment, none seen")
    return value


def _values(parameters: dict[str, str], field: str) -> Iterator[tuple[Metric, float, Quality]]:
    for name, text in parameters.items():
        factor, _, kind = name.rpartition("-")
        known = _metric(factor) if kind == field else None
        if known is None:
            continue
        metric, scale = known
        try:
            value = float(text) * scale
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise DecodeError(f"{name}: a number expected, {text[:40]!r} seen")
        flag = parameters.get(f"{factor}-Flag", "N")
        yield metric, value, _QUALITY.get(flag, Quality.SENSOR_FAULT)


def _metric(factor: str) -> tuple[Metric, float] | None:
    """Return a factor's metric and what its number is multiplied with."""
    if factor == _FLOW:
        return Metric.FLOW_LPS, 1.0
    if _TANK_LEVEL.fullmatch(factor):
        return Metric.LEVEL_MM, 1_000.0
    metric = METRIC_BY_LABEL.get(factor)
    return None if metric is None else (metric, 1.0)


def _measured_at_us(data_time: str, request_time: str) -> int:
    name, text, form = ("DataTime", data_time, "%Y%m%d%H%M%S")
    if not data_time:
        name, text, form = ("QN", request_time + "000", "%Y%m%d%H%M%S%f")
    expected_digits = 20 if name == "QN" else 14
    try:
        if len(text) != expected_digits or not (text.isascii() and text.isdecimal()):
            raise ValueError
        return instant_us(datetime.strptime(text, form).replace(tzinfo=_BEIJING))
    except ValueError:
        raise DecodeError(
            f"{name}: a time such as 20260115121500 expected, {text[:40]!r} seen"
        ) from None
