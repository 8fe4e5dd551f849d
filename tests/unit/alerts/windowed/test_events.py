"""Draw-downs, pump-outs, overload and tampering: what raises, and what must not."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from alerts.circumstances.model import Span
from alerts.windowed.history import PumpedOut
from alerts.windowed.kinds import bad_data, draw_down, incomplete, overload, tamper
from core.instant import HOUR_US
from core.reading import Metric
from tests.unit.alerts.windowed.conftest import START_US, series

if TYPE_CHECKING:
    from tests.unit.alerts.windowed.conftest import MakeHistory

TIMING = {"hold_s": 0.0, "clear_hold_s": 0.0}
TICKS = np.arange(0, 96) * (5 / 60)


def hours(*at: float) -> np.ndarray:
    return np.array([START_US + round(hour * HOUR_US) for hour in at], dtype=np.int64)


def level_with(*spans: tuple[float, float, float], rest: float = 605.0) -> dict[float, float]:
    """Return 40 hours of five-minute readings that alternate by 2 mm, but for (from, to, level)."""
    found = {n / 12: rest + 2 * (n % 2) for n in range(40 * 12)}
    for start, end, value in spans:
        found |= {at: value + 2 * (n % 2) for n, at in enumerate(found) if start <= at < end}
    return found


EMPTIED = level_with((14.0, 15.0, 80.0), (15.0, 17.0, 350.0))
#: The draw-down is over at 14:00; a manifest is waited for until the same hour of the next day.
DUE = hours(37.0, 39.0)


def test_an_emptied_trap_without_a_manifest_raises_a_day_later(make_history: "MakeHistory") -> None:
    parameters = draw_down.DrawDownParameters(**TIMING)
    history = make_history({Metric.LEVEL_MM: series(EMPTIED)})
    assert draw_down.indicate(history, DUE, parameters).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("known_h", "pumped_h", "raised"),
    [(20.0, 14.0, 0.0), (38.5, 14.0, 1.0), (20.0, 43.0, 1.0)],
    ids=["in time", "filed too late", "of another day"],
)
def test_a_manifest_that_is_there_in_time_explains_it(
    make_history: "MakeHistory", known_h: float, pumped_h: float, raised: float
) -> None:
    (pumped_us,), (known_us,) = hours(pumped_h), hours(known_h)
    out = PumpedOut(int(pumped_us), 500.0, int(known_us), None)
    history = make_history({Metric.LEVEL_MM: series(EMPTIED)}, pump_outs=[out])
    parameters = draw_down.DrawDownParameters(**TIMING)
    assert draw_down.indicate(history, DUE, parameters)[1] == raised


def test_one_manifest_explains_one_draw_down(make_history: "MakeHistory") -> None:
    twice = level_with((8.0, 9.0, 80.0), (14.0, 15.0, 80.0))
    out = PumpedOut(int(hours(8.1)[0]), 500.0, int(hours(9.0)[0]), None)
    history = make_history({Metric.LEVEL_MM: series(twice)}, pump_outs=[out])
    parameters = draw_down.DrawDownParameters(**TIMING)
    assert draw_down.indicate(history, hours(33.0, 39.0), parameters).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    "readings",
    [
        level_with((14.0, 14.08, 80.0)),
        level_with((14.0, 40.0, 80.0)),
        {n / 12: 605.0 + n % 2 if n < 168 else 0.0 for n in range(480)},
        level_with((14.0, 17.0, 480.0)),
    ],
    ids=["one foam echo", "a sensor that was moved", "a wire that was cut", "a fifth of the depth"],
)
def test_what_is_no_draw_down(make_history: "MakeHistory", readings: dict[float, float]) -> None:
    history = make_history({Metric.LEVEL_MM: series(readings)})
    parameters = draw_down.DrawDownParameters(**TIMING)
    assert not draw_down.indicate(history, hours(*range(60)), parameters).any()


def test_a_job_explains_a_draw_down(make_history: "MakeHistory") -> None:
    work = Span(int(hours(13.5)[0]), int(hours(16.0)[0]), int(hours(10.0)[0]))
    history = make_history({Metric.LEVEL_MM: series(EMPTIED)}, works=[work])
    parameters = draw_down.DrawDownParameters(**TIMING)
    assert not draw_down.indicate(history, DUE, parameters).any()


@pytest.mark.parametrize(("volume_l", "raised"), [(479.0, 1.0), (480.0, 0.0)])
def test_a_manifest_has_to_take_four_fifths(
    make_history: "MakeHistory", volume_l: float, raised: float
) -> None:
    out = PumpedOut(int(hours(14.0)[0]), volume_l, int(hours(15.0)[0]), None)
    history = make_history({Metric.LEVEL_MM: series(EMPTIED)}, pump_outs=[out])
    parameters = incomplete.IncompleteParameters(**TIMING)
    assert incomplete.indicate(history, hours(15.9, 16.0, 40.0), parameters).tolist() == [
        0.0, raised, 0.0,
    ]  # fmt: skip


@pytest.mark.parametrize(("left_mm", "raised"), [(350.0, 1.0), (250.0, 0.0)])
def test_a_level_that_stays_above_half_contradicts_a_manifest(
    make_history: "MakeHistory", left_mm: float, raised: float
) -> None:
    readings = level_with((14.0, 14.3, left_mm), (14.3, 40.0, left_mm + 60))
    out = PumpedOut(int(hours(14.1)[0]), 600.0, int(hours(15.0)[0]), None)
    history = make_history({Metric.LEVEL_MM: series(readings)}, pump_outs=[out])
    parameters = incomplete.IncompleteParameters(**TIMING)
    assert incomplete.indicate(history, hours(17.0), parameters).tolist() == [raised]


def counter(lps: float, minutes: float) -> dict[float, float]:
    """Return a counter of five-minute readings in which water runs from noon on for a while."""
    from_h, to_h = 12.0, 12.0 + minutes / 60
    return {
        n / 12: 1_000.0 + lps * 3_600 * (min(max(n / 12, from_h), to_h) - from_h)
        for n in range(180)
    }


@pytest.mark.parametrize(
    ("lps", "minutes", "share"), [(2.2, 30, 1.1), (8.0, 2, 0.8), (1.0, 30, 0.5)],
    ids=["too much", "a sink that is emptied", "service"],
)  # fmt: skip
def test_overload_is_the_mean_of_ten_minutes(
    make_history: "MakeHistory", lps: float, minutes: float, share: float
) -> None:
    history = make_history({Metric.VOLUME_L: series(counter(lps, minutes))})
    values = overload.indicate(history, hours(*TICKS + 8), overload.OverloadParameters(**TIMING))
    assert np.nanmax(values) == pytest.approx(share)


def test_overload_takes_the_tighter_of_rating_and_residence(make_history: "MakeHistory") -> None:
    history = make_history({Metric.VOLUME_L: series(counter(2.0, 30))})
    parameters = overload.OverloadParameters(**TIMING, residence_s_min=600)
    values = overload.indicate(history, hours(12.25), parameters)
    assert values.tolist() == [pytest.approx(2.0)], "600 L in 600 s is 1 L/s"


def test_a_counter_that_starts_again_is_no_flood(make_history: "MakeHistory") -> None:
    readings = {n / 12: 90_000.0 if n < 100 else 5.0 for n in range(180)}
    history = make_history({Metric.VOLUME_L: series(readings)})
    values = overload.indicate(history, hours(8.5, 9.0), overload.OverloadParameters(**TIMING))
    assert values.tolist() == [0.0, 0.0]


def opened(at_h: float) -> dict[float, float]:
    return {at_h - 0.01: 0.0, at_h: 1.0, at_h + 0.1: 1.0, at_h + 0.11: 0.0}


def test_a_step_after_the_cover_is_tampering_until_the_level_is_as_usual(
    make_history: "MakeHistory",
) -> None:
    lifted = level_with((12.05, 30.0, 450.0))
    history = make_history(
        {Metric.LEVEL_MM: series(lifted), Metric.COVER_OPEN: series(opened(12.0))}
    )
    values = tamper.indicate(history, hours(13.0, 14.0, 39.0), tamper.TamperParameters(**TIMING))
    assert values[1] == 1.0
    assert (values[0] != 1.0, values[2]) == (True, 0.0)


@pytest.mark.parametrize(
    "readings",
    [level_with((12.05, 12.6, 80.0), (12.6, 30.0, 350.0)), level_with((12.05, 30.0, 540.0))],
    ids=["a pump-out", "less than 100 mm"],
)
def test_what_is_no_tampering(make_history: "MakeHistory", readings: dict[float, float]) -> None:
    history = make_history(
        {Metric.LEVEL_MM: series(readings), Metric.COVER_OPEN: series(opened(12.0))}
    )
    values = tamper.indicate(history, hours(*range(12, 40)), tamper.TamperParameters(**TIMING))
    assert not (values == 1.0).any()


def test_a_crew_may_open_the_cover_and_move_the_sensor(make_history: "MakeHistory") -> None:
    work = Span(int(hours(11.0)[0]), int(hours(13.0)[0]))
    history = make_history(
        {
            Metric.LEVEL_MM: series(level_with((12.05, 30.0, 450.0))),
            Metric.COVER_OPEN: series(opened(12.0)),
        },
        works=[work],
    )
    values = tamper.indicate(history, hours(*range(12, 40)), tamper.TamperParameters(**TIMING))
    assert not (values == 1.0).any()


def test_a_line_that_is_flat_since_the_cover_was_opened(make_history: "MakeHistory") -> None:
    readings = {at: 640.0 if at > 12.05 else value for at, value in level_with().items()}
    history = make_history(
        {Metric.LEVEL_MM: series(readings), Metric.COVER_OPEN: series(opened(12.0))}
    )
    values = tamper.indicate(history, hours(15.0, 17.0), tamper.TamperParameters(**TIMING))
    assert values[1] == 1.0
    assert values[0] != 1.0


def flat(hours_long: int, value: float = 640.0) -> dict[float, float]:
    return {n / 12: value for n in range(hours_long * 12)}


@pytest.mark.parametrize(
    ("readings", "at_h", "bad"),
    [
        (flat(72), 47.0, 0.0),
        (flat(72), 49.0, 1.0),
        (flat(12, 0.0), 1.5, 0.0),
        (flat(12, 0.0), 3.0, 1.0),
        (level_with(), 30.0, 0.0),
    ],
    ids=["flat for less than two days", "stuck", "empty for a while", "a cut wire", "alive"],
)
def test_a_level_that_cannot_be_believed(
    make_history: "MakeHistory", readings: dict[float, float], at_h: float, bad: float
) -> None:
    history = make_history({Metric.LEVEL_MM: series(readings)})
    values = bad_data.indicate(history, hours(at_h), bad_data.BadDataParameters(**TIMING))
    assert values.tolist() == [bad]


def test_a_closed_shop_may_be_flat(make_history: "MakeHistory") -> None:
    closed = Span(int(hours(-20.0)[0]), int(hours(80.0)[0]))
    history = make_history({Metric.LEVEL_MM: series(flat(72))}, closures=[closed])
    values = bad_data.indicate(history, hours(60.0), bad_data.BadDataParameters(**TIMING))
    assert values.tolist() == [0.0]


def test_three_bad_readings_and_no_good_one(make_history: "MakeHistory") -> None:
    history = make_history(
        {Metric.LEVEL_MM: series(level_with())}, bad_us=hours(40.5, 41.0, 41.5, 42.0)
    )
    values = bad_data.indicate(history, hours(40.9, 42.5), bad_data.BadDataParameters(**TIMING))
    assert values.tolist() == [0.0, 1.0]
