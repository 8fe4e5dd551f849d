import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.instant import HOUR_US
from core.reading_batch import ReadingBatch
from ingest.rollup import group_hourly, group_series, key_order, same_key_as_before

ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 2),
        st.integers(0, 4 * HOUR_US),
        st.floats(-1e6, 1e6),
        st.integers(0, 1),
        st.integers(0, 100),
    ),
    max_size=40,
)


def sorted_batch(rows: list[tuple[int, int, int, float, int, int]]) -> ReadingBatch:
    batch = ReadingBatch.from_rows(rows)
    return batch.take(key_order(batch))


@given(ROWS)
def test_hours_equal_a_plain_recomputation(
    rows: list[tuple[int, int, int, float, int, int]],
) -> None:
    batch = sorted_batch(rows)
    batch = batch.take(~same_key_as_before(batch))
    expected: dict[tuple[int, int, int], list[tuple[int, float]]] = {}
    for d, m, t, v in zip(
        batch.device_id.tolist(), batch.metric.tolist(), batch.measured_at_us.tolist(),
        batch.value.tolist(), strict=True,
    ):  # fmt: skip
        expected.setdefault((d, m, t - t % HOUR_US), []).append((t, v))
    groups = group_hourly(batch)
    keys = list(
        zip(groups.device_id.tolist(), groups.metric.tolist(), groups.hour_us.tolist(), strict=True)
    )
    assert keys == sorted(expected)
    for index, key in enumerate(keys):
        samples = sorted(expected[key], key=lambda sample: sample[0])
        values = [value for _, value in samples]
        assert groups.reading_count[index] == len(values)
        assert np.isclose(groups.value_sum[index], sum(values))
        assert groups.value_min[index] == min(values)
        assert groups.value_max[index] == max(values)
        assert (groups.first_at_us[index], groups.first_value[index]) == samples[0]
        assert (groups.last_at_us[index], groups.last_value[index]) == samples[-1]


@given(ROWS, st.data())
def test_series_hold_the_newest_good_and_the_last_life(
    rows: list[tuple[int, int, int, float, int, int]], data: st.DataObject
) -> None:
    batch = sorted_batch(rows)
    flags = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    alive = np.array(flags, dtype=np.bool_)
    good = (batch.quality == 0) & alive
    groups = group_series(batch, good, alive)
    for index in range(len(groups.device_id)):
        rows_of = (batch.device_id == groups.device_id[index]) & (
            batch.metric == groups.metric[index]
        )
        times = batch.measured_at_us[rows_of & good]
        assert groups.measured_at_us[index] == (times.max() if len(times) else -1)
        assert groups.first_at_us[index] == (times.min() if len(times) else -1)
        lives = batch.received_at_us[rows_of & alive]
        assert groups.received_at_us[index] == (lives.max() if len(lives) else -1)
        goods = batch.received_at_us[rows_of & good]
        assert groups.good_received_at_us[index] == (goods.max() if len(goods) else -1)
        assert np.isnan(groups.value[index]) == (not len(times))


def test_an_empty_batch_has_no_groups() -> None:
    empty = ReadingBatch.from_rows([])
    assert len(group_hourly(empty).device_id) == 0
    none = np.zeros(0, dtype=np.bool_)
    assert len(group_series(empty, none, none).device_id) == 0
