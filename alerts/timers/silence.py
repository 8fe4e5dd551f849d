"""Which devices and gateways are offline, given what was heard; pure.

Offline is relative to the interval a device promised, and counts only from when somebody listened
and kept up: our own outage is not the devices'. Who was declared gone is offline at once. When a
gateway is down, its devices are not blamed for it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.rules.kinds.silence import SilenceParameters
from alerts.timers.store import GatewayState, QuietDevice


@dataclass(frozen=True, slots=True)
class SilentDevice:
    """A device that is offline: last heard, and the moment its silence became one."""

    device: QuietDevice
    heard_at: datetime
    offline_at: datetime
    limit_s: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What changed: devices and gateways to alert, gateways that are back."""

    devices: list[SilentDevice]
    gateways: list[GatewayState]
    gateways_back: list[GatewayState]


def judge(
    quiet: Sequence[QuietDevice],
    gateways: Sequence[GatewayState],
    *,
    parameters: Callable[[QuietDevice], SilenceParameters],
    county: SilenceParameters,
    listening_since: datetime,
    now: datetime,
) -> Verdicts:
    """Return the changes; ``parameters`` are a device's, ``county`` those of gateways."""
    silent = [
        found
        for device in quiet
        if (found := _silence(device, parameters(device), listening_since, now)) is not None
    ]
    silent_of = Counter(found.device.gateway_id for found in silent)
    down = {gateway.gateway_id for gateway in gateways if _is_down(gateway, silent_of, county)}
    return Verdicts(
        devices=[
            found
            for found in silent
            if not found.device.is_alerted and found.device.gateway_id not in down
        ],
        gateways=[g for g in gateways if g.gateway_id in down and g.alert_id is None],
        gateways_back=[g for g in gateways if g.gateway_id not in down and g.alert_id is not None],
    )


def _silence(
    device: QuietDevice, parameters: SilenceParameters, listening_since: datetime, now: datetime
) -> SilentDevice | None:
    limit_s = max(
        parameters.silence_intervals_max * device.report_interval_s, parameters.silence_s_min
    )
    if device.gone_at is not None:  # a death certificate needs no waiting
        return SilentDevice(device, device.heard_at, device.gone_at, limit_s)
    heard_at = max(device.heard_at, listening_since)
    offline_at = heard_at + timedelta(seconds=limit_s)
    return SilentDevice(device, device.heard_at, offline_at, limit_s) if now > offline_at else None


def _is_down(
    gateway: GatewayState, silent_of: Counter[int | None], county: SilenceParameters
) -> bool:
    if gateway.online is False:
        return True
    silent = silent_of[gateway.gateway_id]
    return (
        silent >= county.gateway_devices_min
        and silent >= county.gateway_silent_ratio * gateway.device_count
    )
