"""R14 on the past: which devices and gateways were silent, by when their messages came. Pure.

The same judgement as alerts/timers/silence.py makes of the present, at regular instants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.circumstances.model import FOREVER_US, Span
from alerts.episode import Episode, Gate
from alerts.lifecycle import Timing
from alerts.machines.machine import Machine
from alerts.replays.streaming import Samples, follow_samples
from alerts.rules.compiled import CompiledRule, Level, RuleInForce
from alerts.rules.kinds.silence import (
    GRAVE_SEVERITY,
    SilenceParameters,
    is_milder_than_grave,
)
from alerts.rules.rulebook import RuleBook
from alerts.subject import Subject
from alerts.timers.silence import limit_s, suspect_ratio
from alerts.windowed.history import newest_before
from core.instant import MINUTE_US, SECOND_US
from core.registry.model import DeviceEntry

_STEP_US = MINUTE_US


@dataclass(frozen=True, slots=True)
class Silences:
    """Episodes of R14, and for each gateway when it was silent as a whole."""

    episodes: list[Episode]
    by_gateway: Mapping[int, Sequence[Span]]


def replay_silence(  # noqa: PLR0917 - the past in its parts
    rulebook: RuleBook,
    rule: RuleInForce,
    devices: Sequence[DeviceEntry],
    heard_us: Mapping[int, NDArray[np.int64]],
    span_us: tuple[int, int],
    gate: Gate,
) -> Silences:
    """Judge silence between two instants.

    ``heard_us`` has for each device number the sorted instants at which something came from it.
    """
    instants = np.arange(span_us[0], span_us[1] + 1, _STEP_US, dtype=np.int64)
    county = rulebook.silence_parameters(rule, None)
    silent: dict[int, NDArray[np.float64]] = {}
    parameters_of = {d.device_id: rulebook.silence_parameters(rule, d) for d in devices}
    for device in devices:
        parameters = parameters_of[device.device_id]
        heard = heard_us.get(device.device_id, np.empty(0, np.int64))
        silent[device.device_id] = _silence(heard, instants, span_us[0], parameters, device)
    episodes: list[Episode] = []
    spans: dict[int, list[Span]] = {}
    members: dict[int, list[DeviceEntry]] = {}
    for device in devices:
        if device.gateway_id is not None:
            members.setdefault(device.gateway_id, []).append(device)
    for gateway_id, own in members.items():
        counts = np.sum(
            [silent[d.device_id] >= suspect_ratio(parameters_of[d.device_id], d) for d in own],
            axis=0,
        )
        is_down = (counts >= county.gateway_devices_min) & (
            counts >= county.gateway_silent_ratio * len(own)
        )
        subject = Subject("gateway", str(gateway_id), None, gateway_id=gateway_id)
        compiled = _compiled(rule, county, 1.0, 1.0, county.silence_s_min)
        found = _follow(compiled, subject, instants, is_down.astype(np.float64), gate)
        episodes += found
        spans[gateway_id] = [
            Span(e.fired_at_us - 3_600 * SECOND_US, e.ended_at_us or FOREVER_US, e.fired_at_us)
            for e in found
        ]
        for device in own:
            # Its gateway is down: the device is not to blame; who was blamed before stays so.
            limit_us = limit_s(parameters_of[device.device_id], device) * SECOND_US
            since_back = (instants - newest_before(instants[is_down], instants)) / limit_us
            values = np.minimum(silent[device.device_id], since_back)
            silent[device.device_id] = np.where(is_down, np.nan, values)
    for device in devices:
        parameters = parameters_of[device.device_id]
        own_s = limit_s(parameters, device)
        compiled = _compiled(rule, parameters, 1.0, parameters.grave_s / own_s, own_s)
        values = silent[device.device_id]
        known = ~np.isnan(values)
        episodes += _follow(
            compiled, Subject.of_device(device), instants[known], values[known], gate
        )
    return Silences(episodes, spans)


def _silence(
    heard: NDArray[np.int64],
    instants: NDArray[np.int64],
    listening_us: int,
    parameters: SilenceParameters,
    device: DeviceEntry,
) -> NDArray[np.float64]:
    """Return the silence at each instant as a share of the limit."""
    padded = np.concatenate([[listening_us], np.maximum(heard, listening_us)])
    place = np.searchsorted(padded, instants, side="right") - 1
    limit_us = limit_s(parameters, device) * SECOND_US
    values: NDArray[np.float64] = (instants - padded[np.maximum(place, 0)]) / limit_us
    return values


def _compiled(
    rule: RuleInForce, parameters: SilenceParameters, raise_at: float, grave: float, hold_s: float
) -> CompiledRule:
    levels = [Level(rule.definition.severity, raise_at)]
    if grave > raise_at and is_milder_than_grave(rule.definition.severity):
        levels.append(Level(GRAVE_SEVERITY, grave))
    timing = Timing(0, 1, 0, 1, 10 * round(hold_s * SECOND_US))
    return CompiledRule(rule, None, tuple(levels), raise_at, timing, reopen_us=0)


def _follow(
    compiled: CompiledRule,
    subject: Subject,
    instants: NDArray[np.int64],
    values: NDArray[np.float64],
    gate: Gate,
) -> list[Episode]:
    return follow_samples(Machine(compiled, subject), Samples(instants, values, instants), gate)
