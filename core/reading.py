"""What a sensor can say: metrics, qualities, and one decoded reading.

Pure values shared by codecs (which make them), the ingest path (which stores them), the rules
(which judge them) and the simulators (which encode them). Stored numbers never change meaning:
add members at the end only.
"""

from enum import IntEnum
from typing import NamedTuple


class Metric(IntEnum):
    """A measured quantity; the unit is the suffix of its name (docs/glossary.md)."""

    LEVEL_MM = 1  #: liquid surface above the trap floor
    DISTANCE_MM = 2  #: sensor face down to the liquid surface
    FLOW_LPS = 3  #: discharge, litres a second
    VOLUME_L = 4  #: discharged volume counter, litres, may reset to zero
    COVER_OPEN = 5  #: 1 = manhole cover open, 0 = closed; event-driven
    TILT_DEG = 6  #: angle of the cover sensor, 0..180
    FOG_MM = 7  #: thickness of the floating fat, oil and grease layer
    SOLIDS_MM = 8  #: thickness of the settled solids
    TEMPERATURE_C = 9
    BATTERY_PCT = 10
    BATTERY_V = 11
    RSSI_DBM = 12  #: received signal strength at the best gateway
    SNR_DB = 13  #: signal-to-noise ratio at the best gateway

    @property
    def label(self) -> str:
        """The lower-case name used in JSON, topics and documents, e.g. ``level_mm``."""
        return METRIC_LABEL[self]


METRIC_LABEL: dict[int, str] = {int(metric): metric.name.lower() for metric in Metric}
METRIC_BY_LABEL: dict[str, Metric] = {metric.name.lower(): metric for metric in Metric}


class Quality(IntEnum):
    """Whether a stored reading may be believed; only GOOD readings are evaluated by rules."""

    GOOD = 0
    BAD_CLOCK = 1  #: measured_at too far ahead of, or behind, received_at
    BAD_VALUE = 2  #: outside what the metric can physically be
    BLIND_ZONE = 3  #: closer than the sensor can see; the true level may be higher
    SENSOR_FAULT = 4  #: the device itself says that it has no valid value

    @property
    def label(self) -> str:
        """The lower-case name used in JSON, e.g. ``bad_clock``."""
        return self.name.lower()


class Reading(NamedTuple):
    """One decoded value of one metric of one device.

    ``value`` is in the metric's unit, and NaN exactly where the device sent no number
    (quality SENSOR_FAULT or BLIND_ZONE). ``measured_at_us`` is the device's event time in
    microseconds since the Unix epoch, UTC: integers keep the hot path free of datetime objects.
    """

    device_uid: str
    metric: Metric
    value: float
    measured_at_us: int
    quality: Quality = Quality.GOOD


def normalise_uid(uid: str) -> str:
    """Return the registry's spelling of a device or gateway identifier.

    Surrounding blanks are dropped; a 64-bit EUI (16 hex digits, optionally in pairs with ``-``
    or ``:``) is written in lower case without separators, because EUIs compare
    case-insensitively. Everything else is case-sensitive and unchanged.
    """
    uid = uid.strip()
    bare = uid.replace("-", "").replace(":", "")
    if len(bare) == 16 and len(uid) in {16, 23} and all(c in _HEX for c in bare):
        return bare.lower()
    return uid


_HEX = frozenset("0123456789abcdefABCDEF")
