"""Rules about days and weeks: what raises, what clears, and what says nothing."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from alerts.circumstances.model import Span
from alerts.windowed.history import Dip, PumpedOut, Series
from alerts.windowed.kinds import dry, grease, leak, off_hours, overdue, recession
from alerts.windowed.trap_day import Service, TrapDay
from core.instant import DAY_US, HOUR_US
from core.reading import Metric
from tests.unit.alerts.windowed.conftest import START_US, series

if TYPE_CHECKING:
    from tests.unit.alerts.windowed.conftest import MakeHistory

TIMING = {"hold_s": 0.0, "clear_hold_s": 0.0}
MONDAY = date(2026, 3, 9)


def days(*values: dict[str, Any]) -> list[TrapDay]:
    """Days from Monday on; each is known at 06:30 of the next."""
    return [
        TrapDay(
            MONDAY + timedelta(days=n),
            START_US + (n + 1) * DAY_US + 6 * HOUR_US + HOUR_US // 2,
            **{"online_ratio": 1.0, "night_hours": 8.0} | value,
        )
        for n, value in enumerate(values)
    ]


def after(count: int) -> np.ndarray:
    """The instant at which so many days are known."""
    return np.array([START_US + count * DAY_US + 7 * HOUR_US], dtype=np.int64)


def value(kind: Any, make_history: "MakeHistory", known: list[TrapDay], parameters: Any) -> float:
    history = make_history({}, days=known)
    return float(kind.indicate(history, after(len(known)), parameters)[0])


NIGHT = {"night_fall_mm_h": 5.0, "night_end_mm": -80.0, "resting_mm": 0.0}
CALM = {"night_fall_mm_h": 0.2, "night_end_mm": 0.0, "resting_mm": 0.0}


@pytest.mark.parametrize(
    ("nights", "expected"),
    [
        ([CALM, CALM, CALM], 0),
        ([CALM, NIGHT, CALM], 1),
        ([CALM, NIGHT, NIGHT], 2),
        ([NIGHT, NIGHT, CALM, CALM, CALM], 0),
        ([CALM, NIGHT, NIGHT | {"night_fall_mm_h": 0.9}], 1),  # evaporation
        ([CALM, NIGHT, NIGHT | {"night_fall_mm_h": 61.0}], 1),  # a pump, not a leak
        ([CALM, NIGHT, NIGHT | {"night_end_mm": -59.0}], 1),  # it does not end low
    ],
)
def test_leaking_nights_count(
    make_history: "MakeHistory", nights: list[dict[str, Any]], expected: int
) -> None:
    parameters = leak.LeakParameters(**TIMING)
    assert value(leak, make_history, days(*nights), parameters) == expected


@pytest.mark.parametrize("night", [{"night_hours": 2.9}, {"night_fall_mm_h": float("nan")}])
def test_a_night_that_was_not_watched_says_nothing_about_leaks(
    make_history: "MakeHistory", night: dict[str, Any]
) -> None:
    parameters = leak.LeakParameters(**TIMING)
    assert np.isnan(value(leak, make_history, days(NIGHT, NIGHT | night), parameters))


WORKED = [{"volume_l": 1_000.0}] * 7


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ({"volume_l": 100.0}, 0.1),
        ({"volume_l": 1_000.0}, 1.0),
        ({"volume_l": 100.0, "was_open": False}, None),
        ({"volume_l": 100.0, "online_ratio": 0.89}, None),
        ({"volume_l": float("nan")}, None),
    ],
)
def test_a_dry_day_is_a_share_of_what_is_usual(
    make_history: "MakeHistory", today: dict[str, Any], expected: float | None
) -> None:
    found = value(dry, make_history, days(*WORKED, today), dry.DryParameters(**TIMING))
    assert np.isnan(found) if expected is None else found == pytest.approx(expected)


def test_few_litres_prove_nothing_and_neither_do_few_days(make_history: "MakeHistory") -> None:
    parameters = dry.DryParameters(**TIMING)
    little = [{"volume_l": 49.0}] * 7
    assert np.isnan(value(dry, make_history, days(*little, {"volume_l": 0.0}), parameters))
    assert np.isnan(value(dry, make_history, days(*WORKED[:3], {"volume_l": 0.0}), parameters))


def test_what_is_usual_is_usual_on_that_weekday(make_history: "MakeHistory") -> None:
    week = [{"volume_l": 1_000.0}] * 6 + [{"volume_l": 200.0}]
    sunday = days(*week, *week, *week[:6], {"volume_l": 190.0})
    assert value(dry, make_history, sunday, dry.DryParameters(**TIMING)) == pytest.approx(0.95)


QUIET = {"night_l": 5.0, "night_peak_lps": 0.0}
DUMP = {"night_l": 150.0, "night_peak_lps": 0.05}


@pytest.mark.parametrize(
    ("nights", "expected"),
    [
        ([QUIET, QUIET, QUIET], 0),
        ([QUIET, DUMP, QUIET], 1),
        ([QUIET, QUIET, DUMP, DUMP], 2),
        ([QUIET, DUMP | {"night_cover_open": True}], 2),
        ([QUIET, QUIET | {"night_l": 60.0, "night_peak_lps": 0.1}], 1),
        ([QUIET, QUIET | {"night_l": 60.0}], 0),
        ([QUIET, DUMP, QUIET, QUIET, QUIET], 0),
        ([DUMP, DUMP, DUMP, DUMP], 0),  # a bakery: that is usual there
    ],
)
def test_nights_with_discharge_count(
    make_history: "MakeHistory", nights: list[dict[str, Any]], expected: int
) -> None:
    parameters = off_hours.OffHoursParameters(**TIMING)
    assert value(off_hours, make_history, days(*nights), parameters) == expected


def test_a_night_without_a_meter_says_nothing(make_history: "MakeHistory") -> None:
    parameters = off_hours.OffHoursParameters(**TIMING)
    assert np.isnan(value(off_hours, make_history, days(DUMP, {}), parameters))


def pumped(day: float, verified: float | None = None) -> PumpedOut:
    known_us = START_US + round(day * DAY_US)
    verified_us = None if verified is None else START_US + round(verified * DAY_US)
    return PumpedOut(known_us, 600.0, known_us, verified_us)


def overdue_days(make_history: "MakeHistory", day: float, **known: Any) -> float:
    instants = np.array([START_US + round(day * DAY_US)], dtype=np.int64)
    history = make_history({}, **known)
    return float(overdue.indicate(history, instants, overdue.OverdueParameters(**TIMING))[0])


def test_days_count_from_the_last_verified_pump_out(make_history: "MakeHistory") -> None:
    outs = [pumped(0, verified=1)]
    assert np.isnan(overdue_days(make_history, 0.5, pump_outs=outs)), "not verified yet"
    assert overdue_days(make_history, 8, pump_outs=outs) == pytest.approx(-2.0)
    assert overdue_days(make_history, 17, pump_outs=outs) == pytest.approx(7.0)
    assert overdue_days(make_history, 17, pump_outs=[*outs, pumped(12)]) == pytest.approx(7.0)
    both = [*outs, pumped(12, verified=13)]
    assert overdue_days(make_history, 17, pump_outs=both) == pytest.approx(-5.0)


def test_days_on_which_it_is_shut_do_not_count(make_history: "MakeHistory") -> None:
    shut = [Span(START_US + 3 * DAY_US, START_US + 6 * DAY_US, START_US)]
    found = overdue_days(make_history, 12, pump_outs=[pumped(0, verified=0)], closures=shut)
    assert found == pytest.approx(-1.0)


def test_without_any_pump_out_nothing_is_overdue(make_history: "MakeHistory") -> None:
    assert np.isnan(overdue_days(make_history, 30))


def fullness(make_history: "MakeHistory", hour: float, readings: Any, **known: Any) -> float:
    instants = np.array([START_US + round(hour * HOUR_US)], dtype=np.int64)
    history = make_history(readings, **known)
    return float(grease.indicate(history, instants, grease.GreaseParameters(**TIMING))[0])


def probe(fog_mm: float, solids_mm: float, from_h: int = 0, to_h: int = 24) -> dict[Metric, Any]:
    hours = range(from_h, to_h)
    return {
        Metric.FOG_MM: series({float(h): fog_mm for h in hours}),
        Metric.SOLIDS_MM: series({float(h): solids_mm for h in hours}),
    }


def test_fullness_is_the_median_of_a_day_of_the_probe(make_history: "MakeHistory") -> None:
    assert fullness(make_history, 24, probe(100.0, 50.0)) == pytest.approx(0.25)
    assert np.isnan(fullness(make_history, 8, probe(100.0, 50.0))), "too few readings"
    stirred = {
        Metric.FOG_MM: series({float(h): 300.0 if h in {9, 15} else 100.0 for h in range(24)}),
        Metric.SOLIDS_MM: series({float(h): 50.0 for h in range(24)}),
    }
    assert fullness(make_history, 24, stirred) == pytest.approx(0.25)


def joined(*parts: Series) -> Series:
    at_us = np.concatenate([part.at_us for part in parts])
    return Series.of(at_us, np.concatenate([part.value for part in parts]))


def test_a_pump_out_makes_what_was_before_it_untrue(make_history: "MakeHistory") -> None:
    full, empty = probe(120.0, 60.0, 0, 20), probe(6.0, 0.0, 20, 24)
    readings = {metric: joined(full[metric], empty[metric]) for metric in full}
    out = PumpedOut(START_US + 19 * HOUR_US + HOUR_US // 2, 600.0, START_US, None)
    assert fullness(make_history, 24, readings) == pytest.approx(0.3)
    assert fullness(make_history, 24, readings, pump_outs=[out]) == pytest.approx(0.01)


def test_a_dip_counts_for_a_day(make_history: "MakeHistory") -> None:
    dips = [Dip(START_US + 10 * HOUR_US, 90.0, 60.0)]
    assert fullness(make_history, 11, {}, dips=dips) == pytest.approx(0.25)
    assert np.isnan(fullness(make_history, 9, {}, dips=dips))
    assert np.isnan(fullness(make_history, 34.1, {}, dips=dips))


def recession_at(make_history: "MakeHistory", hour: float, readings: Any, **known: Any) -> float:
    instants = np.array([START_US + round(hour * HOUR_US)], dtype=np.int64)
    history = make_history(readings, **known)
    parameters = recession.RecessionParameters(**TIMING)
    return float(recession.indicate(history, instants, parameters)[0])


def level(mm: float, from_h: float = 0.0, to_h: float = 24.0) -> Any:
    return series({n / 12: mm for n in range(round(from_h * 12), round(to_h * 12))})


def test_water_that_stays_an_hour_after_the_flow_has_stopped(make_history: "MakeHistory") -> None:
    flow = series({n / 12: (0.5 if n < 120 else 0.0) for n in range(288)})
    stays = {Metric.LEVEL_MM: level(636.0), Metric.FLOW_LPS: flow}
    assert recession_at(make_history, 11.5, stays) == pytest.approx(36 / 30)
    gone = {Metric.LEVEL_MM: level(612.0), Metric.FLOW_LPS: flow}
    assert recession_at(make_history, 11.5, gone) == pytest.approx(12 / 30)
    assert np.isnan(recession_at(make_history, 9.0, stays)), "it still runs"


def test_the_resting_level_of_a_sensor_that_drifted_is_no_water(
    make_history: "MakeHistory",
) -> None:
    flow = series({n / 12: 0.0 for n in range(24 * 12, 60 * 12)})
    readings = {Metric.LEVEL_MM: level(636.0, 24, 60), Metric.FLOW_LPS: flow}
    known = days({"resting_mm": 20.0})
    assert recession_at(make_history, 40, readings, days=known) == pytest.approx(16 / 30)


def test_the_head_of_services_that_has_grown(make_history: "MakeHistory") -> None:
    def served(head_mm: float) -> dict[str, Any]:
        return {"services": (Service(0, head_mm, float("nan")),) * 2}

    readings = {Metric.LEVEL_MM: level(605.0, 200, 240)}
    grown = days(*[served(10.0)] * 4, served(30.0))
    assert recession_at(make_history, 230, readings, days=grown) == pytest.approx(3.0 / 2.5)
    once = days(
        *[served(10.0)] * 4, {"services": (Service(0, 10.0, np.nan), Service(0, 30.0, np.nan))}
    )
    assert recession_at(make_history, 230, readings, days=once) < 1.0
