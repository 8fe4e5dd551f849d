"""What units make of the truth: noise, steps, faults, blind heads, counters. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.instant import DAY_US
from core.reading import Metric, Quality
from simulators.physics import Bools, Floats
from simulators.plan.model import Plan, SensorFault
from simulators.uplinks import HOURLY, MOVED, Messages, of_unit

FOG_SIGMA_MM, SOLIDS_SIGMA_MM = 4.0, 5.0
_FINE_MM, _COARSE_MM, _COARSE_RATIO = 1.0, 10.0, 0.1
_FLOW_ERROR = 0.02
_LEVEL_MM_MAX = 10_000.0
_OPEN_DEG = (25.0, 85.0)
_SHUT_DEG = (0.0, 3.0)
_RESET_RATIO = 0.1
_RSSI_DBM, _RSSI_SIGMA_DB = (-112.0, -62.0), 3.0
_BATTERY_PCT, _DRAIN_PCT_A_DAY = (45.0, 100.0), (0.05, 0.2)


@dataclass(frozen=True, slots=True)
class Rows:
    """k readings: which message (index), metric, value, quality; arrays of (k,)."""

    message: NDArray[np.intp]
    metric: NDArray[np.int16]
    value: Floats
    quality: NDArray[np.int16]


def observe(plan: Plan, messages: Messages, sigma_mm: Floats, rng: np.random.Generator) -> Rows:
    """Return what the units of a plan read; messages in order of unit and time."""
    fleet = plan.fleet
    place = messages.place
    speaks = messages.kind != MOVED
    hourly = messages.kind == HOURLY
    level_mm, quality = _levels(plan, messages, sigma_mm, rng)
    count = len(fleet)
    parts = [_rows(Metric.LEVEL_MM, np.flatnonzero(speaks), level_mm, quality)]
    good = np.zeros(len(messages), np.int16)

    def add(metric: Metric, which: Bools, value: NDArray[np.floating]) -> None:
        parts.append(
            _rows(metric, np.flatnonzero(which), value.astype(np.float64, copy=False), good)
        )

    opened = messages.cover
    add(Metric.COVER_OPEN, fleet.has_cover[place], (opened > 0).astype(np.float64))
    add(Metric.TILT_DEG, fleet.has_tilt[place], _angles(opened, place, count, rng))
    metered = fleet.has_flow[place] & speaks
    flow = np.maximum(messages.flow_lps, 0.0) * rng.normal(1.0, _FLOW_ERROR, len(messages))
    add(Metric.FLOW_LPS, metered, np.round(flow, 2))
    add(Metric.VOLUME_L, metered, _counters(plan, messages, rng))
    probed = fleet.has_fog[place] & hourly
    fog_mm = messages.fog_mm + rng.normal(0.0, FOG_SIGMA_MM, len(messages))
    solids_mm = messages.solids_mm + rng.normal(0.0, SOLIDS_SIGMA_MM, len(messages))
    add(Metric.FOG_MM, probed, np.maximum(np.round(fog_mm), 0.0))
    add(Metric.SOLIDS_MM, probed, np.maximum(np.round(solids_mm), 0.0))
    rssi_dbm = rng.uniform(*_RSSI_DBM, count)[place]
    rssi_dbm = np.round(rssi_dbm + rng.normal(0.0, _RSSI_SIGMA_DB, len(messages)))
    add(Metric.RSSI_DBM, hourly, rssi_dbm)
    add(Metric.SNR_DB, hourly, np.round(np.minimum((rssi_dbm + 108.0) * 0.35, 10.0), 1))
    add(Metric.BATTERY_PCT, hourly, _batteries(plan, messages, rng))
    return Rows(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("message", "metric", "value", "quality")
        )
    )


def _rows(
    metric: Metric, which: NDArray[np.intp], value: Floats, quality: NDArray[np.int16]
) -> Rows:
    number = np.full(len(which), int(metric), np.int16)
    return Rows(which, number, value[which], quality[which])


def _levels(
    plan: Plan, messages: Messages, sigma_mm: Floats, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.int16]]:
    fleet = plan.fleet
    place = messages.place
    level_mm = messages.level_mm + rng.normal(0.0, 1.0, len(messages)) * sigma_mm[place]
    for fault in plan.sensor_faults:
        if fault.kind in {"offset", "drift", "foam"}:
            _shift(level_mm, messages, fault)
    coarse = rng.random(len(fleet)) < _COARSE_RATIO
    quantum_mm = np.where(coarse, _COARSE_MM, _FINE_MM)[place]
    level_mm = np.maximum(np.round(level_mm / quantum_mm) * quantum_mm, 0.0)
    quality = np.full(len(messages), int(Quality.GOOD), np.int16)
    blind = fleet.ultrasonic[place] & (level_mm > fleet.blind_mm[place])
    level_mm[blind] = np.nan
    quality[blind] = Quality.BLIND_ZONE
    for fault in plan.sensor_faults:
        own = of_unit(messages, fault.place, fault.start_us, fault.end_us)
        if fault.kind == "stuck" and own.stop > own.start:
            known = level_mm[own.start : own.stop]
            first = known[~np.isnan(known)][:1]
            if len(first):
                level_mm[own], quality[own] = first[0], Quality.GOOD
        elif fault.kind == "cut":
            level_mm[own] = fault.value
            quality[own] = Quality.GOOD
    missing = np.isnan(level_mm) & (quality == Quality.GOOD)
    quality[missing] = Quality.SENSOR_FAULT
    quality[level_mm > _LEVEL_MM_MAX] = Quality.BAD_VALUE
    return level_mm, quality


def _shift(level_mm: Floats, messages: Messages, fault: SensorFault) -> None:
    own = of_unit(messages, fault.place, fault.start_us, fault.end_us)
    if fault.kind == "offset":
        level_mm[own] += fault.value
    elif fault.kind == "drift":
        level_mm[own] += fault.value * (messages.at_us[own] - fault.start_us) / DAY_US
    else:
        level_mm[own.start : min(own.start + 1, own.stop)] += fault.value


def _angles(
    opened: Floats, place: NDArray[np.int32], count: int, rng: np.random.Generator
) -> Floats:
    shut_deg = rng.uniform(*_SHUT_DEG, count)[place]
    open_deg = rng.uniform(*_OPEN_DEG, count)[place]
    angle = np.where(opened == 1.0, open_deg, np.where(opened > 1.0, opened, shut_deg))
    return np.clip(np.round(angle + rng.normal(0.0, 0.5, len(opened)), 1), 0.0, 180.0)


def _counters(plan: Plan, messages: Messages, rng: np.random.Generator) -> Floats:
    count = len(plan.fleet)
    counted_l = messages.volume_l * rng.normal(1.0, _FLOW_ERROR / 2, count)[messages.place]
    counted_l += rng.uniform(0.0, 5e5, count)[messages.place]
    resets = np.flatnonzero(plan.fleet.has_flow & (rng.random(count) < _RESET_RATIO))
    for place in resets.tolist():
        at_us = int(rng.integers(plan.start_us, plan.end_us))
        own = of_unit(messages, place, at_us, plan.end_us)
        measured = counted_l[own]
        known = measured[~np.isnan(measured)]
        if len(known):
            counted_l[own] -= known[0]
    return np.floor(counted_l)


def _batteries(plan: Plan, messages: Messages, rng: np.random.Generator) -> Floats:
    count = len(plan.fleet)
    full = rng.uniform(*_BATTERY_PCT, count)[messages.place]
    drain = rng.uniform(*_DRAIN_PCT_A_DAY, count)[messages.place]
    days = (messages.at_us - plan.start_us) / DAY_US
    return np.maximum(np.round(full - drain * days), 0.0)
