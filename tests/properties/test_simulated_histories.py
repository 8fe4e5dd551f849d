"""Whatever the seed, the size and the rates: a history is consistent in itself."""

from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.plausibility import LIMITS
from core.reading import Metric, Quality
from simulators.history import simulate
from simulators.plan.rates import EpisodeRates
from simulators.reporting import Reporting

NOT_RATES = {"quiet_days", "drift_ratio"}
MANY = replace(
    EpisodeRates(quiet_days=1),
    **{f.name: 1.5 for f in fields(EpisodeRates) if f.name not in NOT_RATES},
)
BORN_1970_US = 366 * 86_400_000_000


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    trap_count=st.integers(1, 12),
    days=st.integers(1, 5),
    reporting=st.sampled_from(["5min", "20min"]),
    rates=st.sampled_from([EpisodeRates(), EpisodeRates(quiet_days=0), MANY]),
)
def test_a_history_is_consistent(
    seed: int, trap_count: int, days: int, reporting: str, rates: EpisodeRates
) -> None:
    history = simulate(seed, trap_count, days, Reporting.named(reporting), rates=rates)
    readings = history.readings
    codes = {trap.code: trap for trap in history.county.traps}
    assert len(codes) == len(history.county.devices) == trap_count
    assert np.all(np.diff(readings.received_at_us) >= 0)
    dated = readings.measured_at_us > BORN_1970_US
    assert np.all(dated | (readings.quality != Quality.GOOD))
    early_us = history.start_us - 300_000_000  # clocks may be five minutes slow
    assert np.all(readings.measured_at_us[dated] >= early_us)
    assert np.all(readings.received_at_us >= history.start_us)
    for metric in Metric:
        values = readings.value[(readings.metric == metric) & (readings.quality == Quality.GOOD)]
        low, high = LIMITS[metric]
        assert np.all((values >= low) & (values <= high)), metric
    for episode in history.truth:
        where = [episode.trap_code, episode.branch, episode.gateway_uid]
        assert sum(name is not None for name in where) == 1
        assert episode.trap_code is None or episode.trap_code in codes
        assert episode.start_us < episode.end_us
        assert isinstance(episode.detail["observable"], bool)
        assert set(episode.detail["metrics"]) <= {metric.label for metric in Metric}
    for job in history.jobs:
        assert job.filed_us < job.opened_us < job.closed_us
    for out in history.pump_outs:
        assert out.at_us < out.filed_us <= min(out.confirmations.values())
        assert 0 < out.volume_l < 1.2 * codes[out.trap_code].capacity_l
    for dip in history.inspections:
        assert 0 <= dip.fog_mm + dip.solids_mm <= codes[dip.trap_code].outlet_invert_mm
