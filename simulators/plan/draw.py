"""Draws the plan of a period: routine first, then the longest faults, then short ones. Pure."""

from collections.abc import Callable

import numpy as np

from core.instant import DAY_US, EPOCH, HOUR_US, MINUTE_US, SECOND_US
from simulators.festivals import SPRING_FESTIVALS
from simulators.kitchen import LOCAL_OFFSET_US
from simulators.observed import ObservedFleet
from simulators.plan.cleaning import plan_cleaning
from simulators.plan.faults import WaterFaults
from simulators.plan.model import Plan, Rain, Span
from simulators.plan.rates import EpisodeRates
from simulators.plan.timetable import Timetable
from simulators.plan.units import UnitFaults
from simulators.reporting import Reporting

_TAIL_US = DAY_US
_SHUT_BEFORE_D, _SHUT_D = (0, 4), (7, 16)
_SHOWER_CHANCE = 0.25


def draw_plan(
    fleet: ObservedFleet,
    span_us: tuple[int, int],
    reporting: Reporting,
    rates: EpisodeRates,
    rng: np.random.Generator,
) -> Plan:
    """Return what happens between two instants."""
    start_us, end_us = span_us
    report_us = round(reporting.interval_s * SECOND_US)
    plan = Plan(fleet, start_us, end_us, report_us, reporting.triggered)
    faults_from_us = start_us + rates.quiet_days * DAY_US
    times = Timetable(len(fleet), faults_from_us, end_us - _TAIL_US, rng)
    plan_cleaning(plan, rates, times, faults_from_us, rng)
    water, units = WaterFaults(plan, times, rng), UnitFaults(plan, times, rng)
    months = len(fleet) * max(end_us - _TAIL_US - faults_from_us, 0) / (30 * DAY_US)
    kinds: tuple[tuple[Callable[[], None], float], ...] = (
        (water.backup, rates.backup),
        (water.blockage_partial, rates.blockage_partial),
        (water.bypass, rates.bypass),
        (water.leak, rates.leak),
        (water.closed, rates.closed),
        (units.power_cuts, rates.power_cuts),
        (units.sensor_stuck, rates.sensor_stuck),
        (units.tamper, rates.tamper),
        (units.cut_wire, rates.cut_wire),
        (water.night_dump, rates.night_dump),
        (units.device_offline, rates.device_offline),
        (water.blockage_sudden, rates.blockage_sudden),
        (water.over_flow, rates.over_flow),
        (water.cover_opened, rates.cover_opened),
    )
    for draw_one, rate in kinds:
        for _ in range(round(rate * months)):
            draw_one()
    units.gateway_outages(rates, faults_from_us)
    units.nuisances(rates)
    _spring_festivals(plan, rng)
    _inspections(plan, rates, rng)
    return plan


def _spring_festivals(plan: Plan, rng: np.random.Generator) -> None:
    """Shut every kitchen for one to two weeks from just before the lunar year's first day."""
    for festival in SPRING_FESTIVALS:
        first_us = (festival - EPOCH.date()).days * DAY_US - LOCAL_OFFSET_US
        if not plan.start_us - 20 * DAY_US < first_us < plan.end_us + 5 * DAY_US:
            continue
        for place in range(len(plan.fleet)):
            from_us = first_us - int(rng.integers(*_SHUT_BEFORE_D)) * DAY_US
            to_us = from_us + int(rng.integers(*_SHUT_D)) * DAY_US
            if from_us < plan.end_us and to_us > plan.start_us:
                plan.dry.append(Span(place, from_us, to_us, 0.0))
                plan.label("closed", place, from_us, to_us, "", festival=True)


def _inspections(plan: Plan, rates: EpisodeRates, rng: np.random.Generator) -> None:
    days = max((plan.end_us - plan.start_us) / (30 * DAY_US), 0.0)
    for _ in range(round(rates.inspection * len(plan.fleet) * days)):
        place = int(rng.integers(len(plan.fleet)))
        at_us = int(rng.integers(plan.start_us + HOUR_US, plan.end_us - HOUR_US))
        plan.inspections_at.append((place, at_us // MINUTE_US * MINUTE_US))


def draw_rain(plan: Plan, rng: np.random.Generator) -> list[Rain]:
    """Return hourly rain: showers of each town, and rain before the back-ups that came with it."""
    fleet = plan.fleet
    hours = (plan.end_us - plan.start_us) // HOUR_US
    first_us = plan.start_us // HOUR_US * HOUR_US
    fallen: dict[tuple[str, int], float] = {}
    for town in fleet.county.towns:
        hour = 0
        while hour < hours:
            hour += int(rng.geometric(_SHOWER_CHANCE / 12))
            for _ in range(int(rng.integers(1, 9))):
                fallen[town.code, hour] = float(np.round(rng.exponential(1.8), 1))
                hour += 1
    town_of = {
        trap.code: r.town_code for trap, r in zip(fleet.traps, fleet.restaurants, strict=True)
    }
    for episode in plan.truth:
        if episode.kind == "backup" and episode.detail["rain"]:
            town_code = town_of[episode.detail["traps"][0]]
            hour = (episode.start_us - first_us) // HOUR_US
            for ahead in range(3):
                fallen[town_code, hour - ahead] = float(np.round(rng.uniform(6.0, 25.0), 1))
    return [
        Rain(town_code, first_us + hour * HOUR_US, mm)
        for (town_code, hour), mm in sorted(fallen.items())
        if mm > 0 and 0 <= hour < hours
    ]
