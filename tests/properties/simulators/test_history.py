from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from core.reading import Metric, Quality
from core.reading_batch import ReadingBatch
from simulators.archive import read_history, write_history
from simulators.history import DEFAULT_START_US, SimulatedHistory, simulate
from simulators.plan.rates import EpisodeRates
from simulators.reporting import Reporting
from simulators.truth import TrueEpisode

TRAPS, DAYS, QUIET_DAYS = 40, 8, 2
#: A week needs more faults a month than sixty days.
RATES = EpisodeRates(
    blockage_partial=0.0, bypass=0.0, leak=0.4, closed=0.0, power_cuts=0.0, overdue=0.0,
    blockage_sudden=1.2, backup=0.3, cut_wire=0.6, sensor_stuck=0.3, over_flow=0.8,
    gateway_outage=4.0, foam=0.2, quiet_days=QUIET_DAYS,
)  # fmt: skip


@pytest.fixture(scope="module")
def history() -> SimulatedHistory:
    return simulate(4, TRAPS, DAYS, rates=RATES)


def of_kind(history: SimulatedHistory, kind: str) -> list[TrueEpisode]:
    return [episode for episode in history.truth if episode.kind == kind]


def series(
    history: SimulatedHistory, trap_code: str, metric: Metric, from_us: int, to_us: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return instants and values of good readings by the true time, in order."""
    codes = [device.trap_code for device in history.county.devices]
    readings = history.readings
    mine = (readings.device_id == codes.index(trap_code) + 1) & (readings.metric == metric)
    mine &= (readings.measured_at_us >= from_us) & (readings.measured_at_us < to_us)
    mine &= readings.quality == Quality.GOOD
    order = np.argsort(readings.measured_at_us[mine], kind="stable")
    return readings.measured_at_us[mine][order], readings.value[mine][order]


def test_one_seed_one_history_bit_for_bit(tmp_path: Path) -> None:
    first, second = (simulate(5, 6, 3, rates=RATES) for _ in range(2))
    write_history(tmp_path, first)
    for other in (second, read_history(tmp_path)):
        for field in fields(SimulatedHistory):
            if field.name != "readings":
                assert getattr(first, field.name) == getattr(other, field.name), field.name
        for field in fields(ReadingBatch):
            mine, its = getattr(first.readings, field.name), getattr(other.readings, field.name)
            assert mine.dtype == its.dtype
            assert mine.tobytes() == its.tobytes(), field.name
    assert len(simulate(6, 6, 3, rates=RATES).readings) != len(first.readings)


def test_a_directory_without_a_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no simulated history"):
        read_history(tmp_path / "nothing")


def test_readings_come_in_order_of_arrival_and_only_from_what_is_fitted(
    history: SimulatedHistory,
) -> None:
    readings = history.readings
    assert np.all(np.diff(readings.received_at_us) >= 0)
    assert set(np.unique(readings.device_id)) == set(range(1, TRAPS + 1))
    for metric, fitted in (
        (Metric.LEVEL_MM, [True for _ in history.county.devices]),
        (Metric.COVER_OPEN, [d.has_cover for d in history.county.devices]),
        (Metric.TILT_DEG, [d.has_tilt for d in history.county.devices]),
        (Metric.VOLUME_L, [d.has_flow for d in history.county.devices]),
        (Metric.FOG_MM, [d.has_fog for d in history.county.devices]),
    ):
        heard = np.unique(readings.device_id[readings.metric == metric]) - 1
        assert heard.tolist() == np.flatnonzero(fitted).tolist()


def test_some_readings_are_lost_late_doubled_or_wrongly_dated(history: SimulatedHistory) -> None:
    readings = history.readings
    level = readings.take(readings.metric == Metric.LEVEL_MM)
    key = np.stack([level.device_id.astype(np.int64), level.measured_at_us])
    unique = np.unique(key, axis=1).shape[1]
    assert 0.002 < 1 - unique / len(level) < 0.01
    regular = TRAPS * DAYS * 288
    assert unique < 1.02 * regular + 20_000
    late = level.received_at_us - level.measured_at_us > 15 * MINUTE_US
    assert 0.0005 < late.mean() < 0.05
    in_outage = [e for e in of_kind(history, "gateway_outage") if e.detail["backfilled"]]
    assert in_outage
    for episode in in_outage:
        during = (level.received_at_us > episode.start_us) & (level.received_at_us < episode.end_us)
        gateways = [device.gateway_uid for device in history.county.devices]
        members = [n + 1 for n, uid in enumerate(gateways) if uid == episode.gateway_uid]
        assert np.isin(level.device_id[during], members).sum() <= len(members)


def test_shut_outlets_make_surcharges_that_are_labelled(history: SimulatedHistory) -> None:
    shut = [e for e in of_kind(history, "blockage_sudden") if e.grade == "certain"]
    assert len(shut) >= 3
    surcharges = [e for e in of_kind(history, "surcharge") if e.grade == "certain"]
    for episode in shut:
        assert any(
            s.trap_code == episode.trap_code and episode.start_us <= s.start_us <= episode.end_us
            for s in surcharges
        )


@pytest.mark.parametrize("state", ["surcharge", "overflow", "spill", "fast_rise", "over_flow"])
def test_a_certain_state_always_has_a_cause(history: SimulatedHistory, state: str) -> None:
    causes = [
        (episode, set(episode.detail.get("traps", [episode.trap_code])))
        for episode in history.truth
        if episode.kind in {"blockage_sudden", "backup", "hose", "night_dump"}
    ]
    for episode in of_kind(history, state):
        if episode.grade == "certain":
            assert any(
                episode.trap_code in traps
                and cause.start_us <= episode.start_us <= cause.end_us + HOUR_US
                for cause, traps in causes
            ), episode


def test_quiet_days_have_no_certain_state(history: SimulatedHistory) -> None:
    quiet_until_us = DEFAULT_START_US + QUIET_DAYS * DAY_US
    states = {"surcharge", "overflow", "spill", "fast_rise", "over_flow", "leak"}
    early = Counter(
        e.kind for e in history.truth if e.start_us < quiet_until_us and e.grade == "certain"
    )
    assert not states & early.keys()
    assert early["pump_out"] > 1


def test_a_pump_out_takes_the_level_down_with_the_cover_open(history: SimulatedHistory) -> None:
    depth = {trap.code: trap.outlet_invert_mm for trap in history.county.traps}
    covers = {d.trap_code for d in history.county.devices if d.has_cover}
    routine = [e for e in of_kind(history, "pump_out") if e.detail["manner"] == "routine"]
    broken = {
        e.trap_code for e in history.truth if e.kind in {"cut_wire", "sensor_stuck", "tamper"}
    }
    seen = 0
    for episode in routine:
        code = episode.trap_code or ""
        at_us, level_mm = series(
            history, code, Metric.LEVEL_MM, episode.start_us, episode.end_us + HOUR_US
        )
        if len(at_us) > 8 and code not in broken:
            seen += 1
            assert level_mm.min() < 0.6 * depth[code]
        if code in covers:
            _, opened = series(
                history, code, Metric.COVER_OPEN, episode.start_us - HOUR_US, episode.end_us
            )
            assert len(opened) < 3 or opened.max() == 1.0
    assert seen > 10


def test_a_cut_wire_reads_zero_a_sentinel_or_nothing(history: SimulatedHistory) -> None:
    readings = history.readings
    codes = [device.trap_code for device in history.county.devices]
    assert len(of_kind(history, "cut_wire")) >= 3
    for episode in of_kind(history, "cut_wire"):
        place = codes.index(episode.trap_code or "")
        mine = readings.take(
            (readings.device_id == place + 1)
            & (readings.metric == Metric.LEVEL_MM)
            & (readings.measured_at_us > episode.start_us + 5 * MINUTE_US)
            & (readings.measured_at_us < episode.end_us - 5 * MINUTE_US)
        )
        expected = {
            "zero": (0.0, Quality.GOOD),
            "sentinel": (65_535.0, Quality.BAD_VALUE),
            "nothing": (np.nan, Quality.SENSOR_FAULT),
        }[episode.detail["shows"]]
        assert len(mine)
        assert np.array_equal(np.unique(mine.value), [expected[0]], equal_nan=True)
        assert set(mine.quality.tolist()) == {expected[1]}


def test_units_speak_at_once_where_something_happens_and_polled_ones_do_not() -> None:
    once, polled = (
        simulate(4, 12, 3, Reporting.named(name), rates=RATES) for name in ("5min", "20min")
    )
    for history, interval_us in ((once, 300 * SECOND_US), (polled, 1_200 * SECOND_US)):
        readings = history.readings
        level = readings.take((readings.metric == Metric.LEVEL_MM) & (readings.device_id == 1))
        steps = np.diff(np.unique(level.measured_at_us))
        assert np.median(steps) == interval_us
    covers = polled.readings.take(polled.readings.metric == Metric.COVER_OPEN)
    levels = polled.readings.take(polled.readings.metric == Metric.LEVEL_MM)
    assert set(covers.measured_at_us.tolist()) <= set(levels.measured_at_us.tolist())
    covers = once.readings.take(once.readings.metric == Metric.COVER_OPEN)
    levels = once.readings.take(once.readings.metric == Metric.LEVEL_MM)
    assert not set(covers.measured_at_us.tolist()) <= set(levels.measured_at_us.tolist())


def test_a_high_level_is_said_every_thirty_seconds(history: SimulatedHistory) -> None:
    held = [e for e in of_kind(history, "surcharge") if e.grade == "certain"]
    longest = max(
        (e for e in held if "silent_ratio" not in e.detail and not e.detail["blind"]),
        key=lambda e: e.end_us - e.start_us,
    )
    span_us = (longest.start_us, min(longest.end_us, longest.start_us + HOUR_US))
    at_us, _ = series(history, longest.trap_code or "", Metric.LEVEL_MM, *span_us)
    assert np.median(np.diff(np.unique(at_us))) <= 30 * SECOND_US


def test_arguments_are_checked() -> None:
    with pytest.raises(ConfigError, match="whole hour"):
        simulate(1, 1, 1, start_us=1)
    with pytest.raises(ConfigError, match="5min or 20min"):
        Reporting.named("hourly")
    with pytest.raises(ConfigError, match="divisor of an hour"):
        simulate(1, 1, 1, Reporting(interval_s=7.0))
    shares: list[float] = []
    simulate(1, 1, 1, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
