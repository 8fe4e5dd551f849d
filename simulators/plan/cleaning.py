"""Pump-outs: the routine of every trap, and what goes wrong with it. Pure; dice are passed in."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from simulators.kitchen import KITCHEN_TYPES, LOCAL_OFFSET_US
from simulators.plan.model import Action, ActionKind, Job, Plan, PumpOut, Span
from simulators.plan.rates import EpisodeRates
from simulators.plan.timetable import Timetable
from simulators.truth import Grade

_NIGHT_MARKET = KITCHEN_TYPES.index("night_market")
_HAULERS = ("善洁清运", "绿源环卫", "嘉禾油脂")
_BETWEEN_SERVICES_H = (13.7, 15.3)
_BEFORE_SERVICE_H = (8.75, 9.4)
_BEFORE_NIGHT_H = (10.0, 15.2)
_EARLY_RATIO = 0.2
_REFILL_RATIO = 0.4
_REFILL_LPS, _REFILLED = (1.0, 2.0), 0.9
#: Crews come within the day before the pump-out is due.
_AHEAD_US = DAY_US + 2 * HOUR_US
_COVER = "cover_open|tilt_deg"


@dataclass(slots=True)
class _Visit:
    """A pump-out as it will go."""

    place: int
    at_us: int
    manner: str = "routine"


def plan_cleaning(
    plan: Plan, rates: EpisodeRates, times: Timetable, faults_from_us: int, rng: np.random.Generator
) -> None:
    """Plan all pump-outs of the period, with skipped, late-filed and incomplete ones among them."""
    visits: list[_Visit] = []
    months = len(plan.fleet) * max(plan.end_us - faults_from_us, 0) / (30 * DAY_US)
    skipping = set(rng.permutation(len(plan.fleet))[: _count(rates.overdue, months)].tolist())
    for place in range(len(plan.fleet)):
        visits += _routine(
            plan, place, times, rng, skips=place in skipping, faults_from_us=faults_from_us
        )
    changed = [v for v in visits if v.at_us > faults_from_us]
    for manner, rate in (
        ("incomplete", rates.pump_out_incomplete),
        ("left_open", rates.cover_left_open),
        ("late", rates.pump_out_late),
    ):
        _spoil(changed, manner, _count(rate, months), times, rng)
    for _ in range(_count(rates.draw_down, months)):
        found = times.draw(DAY_US + 2 * HOUR_US, list(range(len(plan.fleet))))
        if found is not None:
            at_us = _working_time(plan, *found, rng)
            # Nobody empties a trap that has just been emptied, or is about to be.
            if all(v.place != found[0] or abs(v.at_us - at_us) > 12 * HOUR_US for v in visits):
                visits.append(_Visit(found[0], at_us, "unregistered"))
    for visit in sorted(visits, key=lambda v: v.at_us):
        if plan.start_us < visit.at_us < plan.end_us - 12 * HOUR_US:
            _carry_out(plan, visit, rng)
    _label_overdue(plan)


def _count(rate: float, months: float) -> int:
    return round(rate * months)


def _routine(
    plan: Plan,
    place: int,
    times: Timetable,
    rng: np.random.Generator,
    *,
    skips: bool,
    faults_from_us: int,
) -> list[_Visit]:
    trap = plan.fleet.traps[place]
    interval_us = trap.cleaning_interval_days * DAY_US
    # The next one must not fall before the start.
    last_us = plan.start_us - int(rng.uniform(0.05, 1.0) * (interval_us - _AHEAD_US))
    plan.verified_us[place] = [last_us]
    plan.pump_outs.append(
        _manifest(plan, place, last_us, rng, volume_l=trap.capacity_l, delay_us=HOUR_US)
    )
    found: list[_Visit] = []
    while True:
        due_us = last_us + interval_us
        at_us = _working_time(plan, place, due_us - _AHEAD_US, rng)
        if skips and due_us > faults_from_us and rng.random() < 0.5:
            late_us = int(rng.uniform(3.0, max(1.2 * trap.cleaning_interval_days, 6.0)) * DAY_US)
            if times.is_free(place, due_us, due_us + late_us):
                times.take(place, due_us, due_us + late_us)
                at_us, skips = _working_time(plan, place, due_us + late_us, rng), False
        if at_us >= plan.end_us:
            return found
        found.append(_Visit(place, at_us))
        last_us = at_us


def _working_time(plan: Plan, place: int, not_before_us: int, rng: np.random.Generator) -> int:
    """Return a time at which crews come, on the first day that has one left."""
    if plan.fleet.type_index[place] == _NIGHT_MARKET:
        window_h = _BEFORE_NIGHT_H
    elif rng.random() < _EARLY_RATIO:
        window_h = _BEFORE_SERVICE_H
    else:
        window_h = _BETWEEN_SERVICES_H
    day_us = (not_before_us + LOCAL_OFFSET_US) // DAY_US * DAY_US - LOCAL_OFFSET_US
    at_us = day_us + int(rng.uniform(*window_h) * HOUR_US)
    return at_us if at_us >= not_before_us else at_us + DAY_US


def _spoil(
    visits: list[_Visit], manner: str, count: int, times: Timetable, rng: np.random.Generator
) -> None:
    for index in rng.permutation(len(visits)).tolist():
        if count == 0:
            return
        visit = visits[index]
        to_us = visit.at_us + 12 * HOUR_US
        if visit.manner == "routine" and times.is_free(visit.place, visit.at_us, to_us):
            times.take(visit.place, visit.at_us, to_us)
            visit.manner = manner
            count -= 1


def _carry_out(plan: Plan, visit: _Visit, rng: np.random.Generator) -> None:
    """Write a pump-out into the plan: crew, cover, water, papers, labels."""
    place, fleet = visit.place, plan.fleet
    trap = fleet.traps[place]
    depth_mm = trap.outlet_invert_mm
    stays_full = visit.manner == "incomplete" and rng.random() < 0.7
    left = rng.uniform(0.32, 0.55) if stays_full else rng.uniform(0.0, 0.15)
    open_us = visit.at_us + int(rng.uniform(1, 5) * MINUTE_US)
    pump_us = open_us + int(rng.uniform(1, 5) * MINUTE_US)
    pump_s = float(rng.uniform(300.0, 960.0))
    volume_l = trap.capacity_l * (1.0 - left)
    pumped_us = pump_us + int(pump_s * SECOND_US)
    plan.actions += [
        # A little more than needed: water may still come in.
        Action(pump_us, place, ActionKind.PUMP, 1.05 * volume_l / pump_s, left * depth_mm),
        Action(pumped_us, place, ActionKind.PUMP, 0.0),
        Action(pumped_us, place, ActionKind.CLEAN, left if stays_full else 0.0),
    ]
    done_us = pumped_us
    if rng.random() < _REFILL_RATIO and visit.manner != "unregistered":
        rate_lps = float(rng.uniform(*_REFILL_LPS))
        refill_s = _REFILLED * volume_l / rate_lps
        done_us = pumped_us + int(refill_s * SECOND_US)
        plan.inflows.append((place, pumped_us, done_us, rate_lps))
    close_us = done_us + int(rng.uniform(0.5, 3) * MINUTE_US)
    gone_us = close_us + int(rng.uniform(1, 4) * MINUTE_US)
    shut_us = close_us
    if visit.manner == "left_open":
        shut_us = open_us + int(rng.uniform(1.2, 8.0) * HOUR_US)
    plan.open_covers.append(Span(place, open_us, shut_us))
    _label(plan, visit, (open_us, pump_us, pumped_us, gone_us, shut_us), left, rng)


def _label(
    plan: Plan,
    visit: _Visit,
    moments_us: tuple[int, int, int, int, int],
    left: float,
    rng: np.random.Generator,
) -> None:
    open_us, pump_us, pumped_us, gone_us, shut_us = moments_us
    place, manner = visit.place, visit.manner
    trap = plan.fleet.traps[place]
    real_l = trap.capacity_l * (1.0 - left)
    detail: dict[str, Any] = {
        "manner": manner,
        "volume_l": round(real_l),
        "left_ratio": round(float(left), 3),
    }
    if manner == "unregistered":
        plan.label("draw_down", place, pump_us, pumped_us, "level_mm", **detail)
        plan.label("pump_out", place, open_us, gone_us, "level_mm", job=False, **detail)
        return
    has_job = manner != "late"
    delay_us = int(
        rng.uniform(3, 20) * HOUR_US if manner == "late" else rng.uniform(0.1, 2) * HOUR_US
    )
    volume_l = real_l * rng.normal(1.0, 0.02)
    if manner == "incomplete" and left < 0.3:
        volume_l = trap.capacity_l * rng.uniform(0.5, 0.74)
    manifest = _manifest(plan, place, pumped_us, rng, volume_l=volume_l, delay_us=delay_us)
    plan.pump_outs.append(manifest)
    plan.verified_us[place].append(pumped_us)
    if has_job:
        plan.jobs.append(_job(trap.code, "pump_out", visit.at_us, gone_us, rng))
    detail |= {"job": has_job, "filed_us": manifest.filed_us, "manifest_l": manifest.volume_l}
    plan.label("pump_out", place, open_us, gone_us, "level_mm", **detail)
    if manner == "incomplete":
        # Level or volume must be clearly on the wrong side of 25 % and 80 %.
        clear = manifest.volume_l < 0.77 * trap.capacity_l
        grade: Grade = "certain" if clear or left > 0.3 else "borderline"
        plan.label("pump_out_incomplete", place, pump_us, gone_us, "", grade=grade, **detail)
    if manner == "left_open":
        plan.label("cover_left_open", place, gone_us, shut_us, _COVER, opened_us=open_us)


def _job(
    trap_code: str, kind: str, arrives_us: int, leaves_us: int, rng: np.random.Generator
) -> Job:
    planned_us = (arrives_us - int(rng.uniform(0, 60) * MINUTE_US)) // HOUR_US * HOUR_US
    filed_us = planned_us - int(rng.uniform(2, 60) * HOUR_US)
    return Job(
        trap_code, kind, planned_us, planned_us + 3 * HOUR_US, arrives_us, leaves_us, filed_us
    )


def repair(plan: Plan, place: int, at_us: int, rng: np.random.Generator) -> int:
    """Let a crew come for a maintenance job at ``at_us``; return when the work is done."""
    on_site_us = int(rng.uniform(10, 35) * MINUTE_US)
    plan.open_covers.append(Span(place, at_us + 2 * MINUTE_US, at_us + on_site_us - MINUTE_US))
    planned_us = at_us - int(rng.uniform(0, 30) * MINUTE_US)
    filed_us = planned_us - int(rng.uniform(2, 20) * MINUTE_US)
    leaves_us = at_us + on_site_us
    code = plan.fleet.traps[place].code
    plan.jobs.append(
        Job(code, "maintenance", planned_us, planned_us + 2 * HOUR_US, at_us, leaves_us, filed_us)
    )
    return at_us + on_site_us // 2


def _manifest(
    plan: Plan, place: int, at_us: int, rng: np.random.Generator, *, volume_l: float, delay_us: int
) -> PumpOut:
    filed_us = at_us + delay_us
    confirmations = {"hauler": filed_us}
    confirmations["generator"] = filed_us + int(rng.uniform(0.0, 6.0) * HOUR_US)
    if rng.random() < 0.9:
        confirmations["disposer"] = filed_us + int(rng.uniform(1.0, 30.0) * HOUR_US)
    hauler = _HAULERS[place % len(_HAULERS)]
    code = plan.fleet.traps[place].code
    return PumpOut(code, at_us, float(round(volume_l)), hauler, filed_us, confirmations)


def _label_overdue(plan: Plan) -> None:
    for place, verified in plan.verified_us.items():
        interval_us = plan.fleet.traps[place].cleaning_interval_days * DAY_US
        for last_us, next_us in zip(verified, [*verified[1:], plan.end_us], strict=True):
            due_us = last_us + interval_us
            if due_us < next_us:
                grade: Grade = "certain" if next_us - due_us > DAY_US else "borderline"
                days = round((next_us - due_us) / DAY_US, 2)
                plan.label("overdue", place, due_us, next_us, "", grade=grade, days_over=days)
