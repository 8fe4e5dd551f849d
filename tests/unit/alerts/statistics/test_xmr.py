import pytest

from alerts.statistics.xmr import Limits, limits_of, signals_of

#: Mean 10, limits 10 ± 2.66 × 3.
STEADY = Limits(10.0, 3.0, 2.02, 17.98)


def test_limits_are_2_66_moving_ranges_from_the_mean() -> None:
    limits = limits_of([10, 12, 9, 11, 13])
    assert limits.mean == 11
    assert limits.moving_range == pytest.approx((2 + 3 + 2 + 2) / 4)
    assert limits.upper == pytest.approx(11 + 2.66 * 2.25)
    assert limits.lower == pytest.approx(11 - 2.66 * 2.25)
    with pytest.raises(ValueError, match="two points"):
        limits_of([1])


@pytest.mark.parametrize(
    ("values", "last"),
    [
        ([17.98], ()),
        ([17.99], ("outside",)),
        ([2.0], ("outside",)),
        ([11] * 7, ()),
        ([11] * 8, ("run_of_8",)),
        ([9] * 8, ("run_of_8",)),
        ([9] * 7 + [11], ()),
        ([11] * 4 + [10] + [11] * 4, ()),
        ([15, 15, 10, 15], ("3_of_4_near_limit",)),
        ([15, 15, 15], ("3_of_4_near_limit",)),
        ([15, 5, 15, 5], ()),
        ([15, 15, 15, 10], ()),
        ([5, 10, 5, 5], ("3_of_4_near_limit",)),
    ],
)
def test_signals(values: list[float], last: tuple[str, ...]) -> None:
    found = signals_of(values, STEADY)
    assert found[-1] == last
    assert len(found) == len(values)
