from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from core.instant import DAY_US, HOUR_US, MINUTE_US
from simulators.history import DEFAULT_START_US
from simulators.kitchen import LOCAL_OFFSET_US
from simulators.observed import ObservedFleet
from simulators.plan.draw import draw_plan, draw_rain
from simulators.plan.model import Plan
from simulators.plan.rates import EpisodeRates
from simulators.plan.timetable import GAP_US, Timetable
from simulators.reporting import Reporting
from simulators.truth import TrueEpisode

END_US = DEFAULT_START_US + 60 * DAY_US
#: What is put into one trap on purpose, besides the routine and what it makes of the water.
FAULTS = {
    "blockage_partial", "blockage_sudden", "leak", "bypass", "night_dump", "draw_down",
    "pump_out_incomplete", "overdue", "hose", "cover_opened", "cover_left_open", "sensor_stuck",
    "cut_wire", "tamper", "power_cuts", "device_offline", "closed",
}  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    fleet = ObservedFleet.make(1, 300)
    dice = np.random.default_rng(1)
    return draw_plan(fleet, (DEFAULT_START_US, END_US), Reporting(), EpisodeRates(), dice)


def of_kind(plan: Plan, kind: str) -> list[TrueEpisode]:
    return [episode for episode in plan.truth if episode.kind == kind]


def test_300_traps_have_some_dozens_of_each_kind_in_60_days(plan: Plan) -> None:
    counts = Counter(episode.kind for episode in plan.truth if episode.grade == "certain")
    for kind in (FAULTS | {"backup", "gateway_outage"}) - {"blockage_sudden"}:
        assert 20 <= counts[kind] <= 65, kind
    assert counts["blockage_sudden"] >= 25


def test_faults_of_a_trap_keep_two_days_apart_and_begin_after_ten(plan: Plan) -> None:
    spans: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for episode in plan.truth:
        if episode.kind not in FAULTS or episode.detail.get("festival"):
            continue
        # A growing blockage has two labels; the gap is that of the fault.
        start_us = episode.detail.get("began_us", episode.start_us)
        assert start_us >= DEFAULT_START_US + 10 * DAY_US
        spans[episode.trap_code or ""].append((start_us, episode.end_us, episode.kind))
    for own in spans.values():
        own.sort()
        for (_, ended_us, before), (began_us, _, after) in pairwise(own):
            # Where crews come, work ends some minutes later than planned.
            assert before == after or began_us - ended_us > GAP_US - DAY_US


def test_every_trap_is_cleaned_in_time_or_labelled_overdue(plan: Plan) -> None:
    overdue = {(e.trap_code, e.start_us) for e in of_kind(plan, "overdue")}
    for place, verified in plan.verified_us.items():
        trap = plan.fleet.traps[place]
        assert 7 <= trap.cleaning_interval_days <= 30
        for last_us, next_us in pairwise(verified):
            due_us = last_us + trap.cleaning_interval_days * DAY_US
            assert next_us <= due_us or (trap.code, due_us) in overdue


def test_crews_stay_ten_to_forty_minutes_and_file_what_they_did(plan: Plan) -> None:
    jobs = [job for job in plan.jobs if job.kind == "pump_out"]
    stays = np.array([job.closed_us - job.opened_us for job in jobs]) / MINUTE_US
    assert np.percentile(stays, 1) > 10
    assert np.percentile(stays, 99) < 55
    for job in jobs:
        assert job.filed_us < job.planned_from_us <= job.opened_us < job.planned_to_us
    late = [e for e in of_kind(plan, "pump_out") if not e.detail["job"]]
    assert len(late) > 40
    for episode in late:
        if episode.detail["manner"] == "late":
            assert 0 < episode.detail["filed_us"] - episode.end_us < DAY_US


def test_night_dumps_are_poured_in_at_night_more_than_once(plan: Plan) -> None:
    for episode in of_kind(plan, "night_dump"):
        assert len(episode.detail["litres"]) >= 2
        assert all(100 <= litres <= 600 for litres in episode.detail["litres"])
        for from_us, _ in episode.detail["spans_us"]:
            assert HOUR_US <= (from_us + LOCAL_OFFSET_US) % DAY_US < 4 * HOUR_US


def test_a_back_up_has_three_traps_of_a_branch_and_often_rain(plan: Plan) -> None:
    branches = {trap.code: trap.sewer_branch for trap in plan.fleet.traps}
    rain = draw_rain(plan, np.random.default_rng(2))
    wet = {(fall.town_code, fall.hour_us) for fall in rain if fall.mm >= 6}
    backups = of_kind(plan, "backup")
    for episode in backups:
        assert len(episode.detail["traps"]) >= 3
        assert {branches[code] for code in episode.detail["traps"]} == {episode.branch}
        hour_us = episode.start_us // HOUR_US * HOUR_US
        if episode.detail["rain"]:
            assert ((episode.branch or "").rpartition("-")[0], hour_us) in wet
    assert 0.3 < np.mean([e.detail["rain"] for e in backups]) < 0.9


def test_labels_say_whether_the_unit_can_see_it(plan: Plan) -> None:
    places = {trap.code: place for place, trap in enumerate(plan.fleet.traps)}
    for episode in of_kind(plan, "night_dump"):
        place = places[episode.trap_code or ""]
        assert episode.detail["observable"] == plan.fleet.has_flow[place]
    seen = [e.detail["observable"] for e in of_kind(plan, "cover_opened")]
    assert 0.5 < np.mean(seen) < 1.0


def test_spring_festival_shuts_every_kitchen_for_one_to_two_weeks() -> None:
    fleet = ObservedFleet.make(1, 20)
    february_us = DEFAULT_START_US - 36 * DAY_US
    span_us = (february_us, february_us + 30 * DAY_US)
    plan = draw_plan(fleet, span_us, Reporting(), EpisodeRates(), np.random.default_rng(1))
    shut = [e for e in of_kind(plan, "closed") if e.detail.get("festival")]
    assert {e.trap_code for e in shut} == {trap.code for trap in fleet.traps}
    assert all(7 <= (e.end_us - e.start_us) / DAY_US <= 15 for e in shut)


def test_a_timetable_leaves_a_gap_and_knows_when_it_is_full() -> None:
    times = Timetable(1, 0, 10 * DAY_US, np.random.default_rng(1))
    times.take(0, 4 * DAY_US, 5 * DAY_US)
    assert times.is_free(0, 0, 2 * DAY_US)
    assert not times.is_free(0, 0, 2 * DAY_US + 1)
    assert times.is_free(0, 7 * DAY_US, 10 * DAY_US)
    assert not times.is_free(0, 7 * DAY_US, 10 * DAY_US + 1)
    assert times.draw(4 * DAY_US, [0]) is None
    assert times.draw(DAY_US, []) is None
