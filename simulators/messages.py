"""What becomes of a unit's report: topic, payload, and who publishes it. Pure."""

from typing import NamedTuple

from core.reading import Metric, Reading
from simulators import encoders
from simulators.fleet import Report
from simulators.sensors import battery_v

_SNR_DB_PER_RSSI_DB = 0.35
_RSSI_DBM_AT_ZERO_SNR = -108.0
_SNR_DB_MAX = 10.0


class Uplink(NamedTuple):
    """A message to be published; ``gateway_uid`` None: by the network server."""

    gateway_uid: str | None
    topic: str
    payload: bytes


def encode(report: Report, frame_count: int) -> Uplink:
    """Return a report as its unit's model sends it; all of it is one message."""
    device = report.device
    if not device.is_native:
        return Uplink(None, encoders.uplink_topic(device.uid), _chirpstack(report, frame_count))
    length = Metric.LEVEL_MM if device.mount_height_mm is None else Metric.DISTANCE_MM
    values: list[tuple[Metric, float]] = [(length, report.length_mm)]
    if report.flow_lps is not None:
        values.append((Metric.FLOW_LPS, report.flow_lps))
    if report.cover_open is not None:
        values.append((Metric.COVER_OPEN, float(report.cover_open)))
    values.append((Metric.BATTERY_PCT, report.battery_pct))
    values.append((Metric.RSSI_DBM, report.rssi_dbm))
    payload = encoders.native_batch(
        Reading(device.uid, metric, value, report.at_us) for metric, value in values
    )
    return Uplink(device.gateway_uid, encoders.up_topic(device.gateway_uid), payload)


def _chirpstack(report: Report, frame_count: int) -> bytes:
    device = report.device
    if device.model == "LDDS75":
        decoded = encoders.ldds75(report.length_mm, battery_v(report.battery_pct))
    else:
        decoded = encoders.em310_udl(report.length_mm, report.battery_pct)
    snr_db = (report.rssi_dbm - _RSSI_DBM_AT_ZERO_SNR) * _SNR_DB_PER_RSSI_DB
    return encoders.chirpstack_uplink(
        device.uid,
        device.model,
        device.trap_code,
        report.at_us,
        decoded,
        rssi_dbm=report.rssi_dbm,
        snr_db=round(min(snr_db, _SNR_DB_MAX), 1),
        frame_count=frame_count,
    )
