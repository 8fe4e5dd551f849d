"""What LoRaWAN network servers share: how well the gateways heard an uplink."""

from collections.abc import Iterable

import msgspec

from core.reading import Metric
from ingest.codecs.fields import Value


class Reception(msgspec.Struct):
    """How one gateway heard an uplink; proto3 leaves out what is zero."""

    rssi: float | None = None
    snr: float | None = None


def radio(receptions: Iterable[Reception]) -> list[tuple[Metric, Value]]:
    """Return rssi_dbm and snr_db at the gateway that heard best; nothing where none says so."""
    heard = [reception for reception in receptions if reception.rssi is not None]
    if not heard:
        return []
    best = max(heard, key=lambda reception: reception.rssi or 0.0)
    snr_db = 0.0 if best.snr is None else best.snr  # proto3: an absent ratio is 0 dB
    return [
        (Metric.RSSI_DBM, Value(best.rssi or 0.0)),
        (Metric.SNR_DB, Value(snr_db)),
    ]
