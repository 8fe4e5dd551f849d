import pytest

from alerts.statistics.change import compare, percentage_points, share_percent


@pytest.mark.parametrize(
    ("count", "base", "percent", "reason"),
    [
        (47, 100, -53.0, None),
        (100, 100, 0.0, None),
        (0, 20, -100.0, None),
        (60, 20, 200.0, None),
        (1, 3_000, -99.97, None),
        (40, 19, None, "base_below_20"),
        (0, 1, None, "base_below_20"),
        (5, 0, None, "no_base"),
        (0, 0, None, "no_base"),
    ],
)
def test_change(count: int, base: int, percent: float | None, reason: str | None) -> None:
    change = compare(count, base)
    assert (change.percent, change.no_percent) == (percent, reason)
    assert (change.base_count, change.difference) == (base, count - base)


def test_percentages_differ_by_points() -> None:
    assert percentage_points(share_percent(30, 40), share_percent(10, 20)) == 25.0
    assert share_percent(5, 19) is None
    assert percentage_points(None, 50.0) is None
