"""Which devices and gateways are offline, given what was heard; pure.

Offline is relative to the interval a device promised, and counts only from when somebody listened
and kept up: our own outage is not the devices'. Who was declared gone is offline at once. When a
gateway is down, its devices are not blamed for it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from alerts.rules.kinds.silence import SilenceParameters, is_milder_than_grave
from alerts.timers.store import GatewayState, QuietDevice


@dataclass(frozen=True, slots=True)
class SilentDevice:
    """A device that is offline: last heard, when its silence became one, when a grave one."""

    device: QuietDevice
    heard_at: datetime
    offline_at: datetime
    grave_at: datetime
    limit_s: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What changed: devices to alert, those silent so long that it is grave, gateways."""

    devices: list[SilentDevice]
    grave: list[SilentDevice]
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
    silent_of = Counter(
        device.gateway_id
        for device in quiet
        if _is_suspect(device, parameters(device), listening_since, now)
    )
    down = {gateway.gateway_id for gateway in gateways if _is_down(gateway, silent_of, county)}
    return Verdicts(
        devices=[
            found
            for found in silent
            if found.device.alert_id is None and found.device.gateway_id not in down
        ],
        grave=[
            found
            for found in silent
            if found.device.severity is not None
            and is_milder_than_grave(found.device.severity)
            and found.grave_at <= now
            and found.device.gateway_id not in down
        ],
        gateways=[g for g in gateways if g.gateway_id in down and g.alert_id is None],
        gateways_back=[g for g in gateways if g.gateway_id not in down and g.alert_id is not None],
    )


def _silence(
    device: QuietDevice, parameters: SilenceParameters, listening_since: datetime, now: datetime
) -> SilentDevice | None:
    own_s = limit_s(parameters, device)
    if device.gone_at is not None:  # a death certificate needs no waiting
        grave_at = device.gone_at + timedelta(seconds=parameters.grave_s)
        return SilentDevice(device, device.heard_at, device.gone_at, grave_at, own_s)
    heard_at = max(device.heard_at, listening_since)
    offline_at = heard_at + timedelta(seconds=own_s)
    if now <= offline_at:
        return None
    grave_at = heard_at + timedelta(seconds=parameters.grave_s)
    return SilentDevice(device, device.heard_at, offline_at, grave_at, own_s)


class _Reports(Protocol):
    """A device, as far as it promises to report."""

    @property
    def report_interval_s(self) -> int:
        """The interval it promised."""


def limit_s(parameters: SilenceParameters, device: _Reports) -> float:
    """Return after how long a silence counts."""
    return max(
        parameters.silence_intervals_max * device.report_interval_s, parameters.silence_s_min
    )


def suspect_ratio(parameters: SilenceParameters, device: _Reports) -> float:
    """Return from which part of its limit on a silence may be the gateway's.

    Devices report one after the other: when the first reaches its limit the last is up to an
    interval, or a lost message more, short of it.
    """
    own_s = limit_s(parameters, device)
    return max(own_s - 1.5 * device.report_interval_s, 0.5 * own_s) / own_s


def _is_suspect(
    device: QuietDevice, parameters: SilenceParameters, listening_since: datetime, now: datetime
) -> bool:
    if device.gone_at is not None:
        return True
    heard_at = max(device.heard_at, listening_since)
    silent_s = (now - heard_at).total_seconds()
    return silent_s > suspect_ratio(parameters, device) * limit_s(parameters, device)


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
