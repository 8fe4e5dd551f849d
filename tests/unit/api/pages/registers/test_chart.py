import pytest

from api.pages.registers.chart import HEIGHT, WIDTH, chart_of


def test_a_chart_keeps_its_points_and_limits_inside_its_box() -> None:
    chart = chart_of([0, 5, 40], [False, True, False], 5.0, -2.0, 20.0)
    assert all(0 <= p.x <= WIDTH and 0 <= p.y <= HEIGHT for p in chart.points)
    assert [p.marked for p in chart.points] == [False, True, False]
    assert chart.points[0].y == HEIGHT
    assert chart.points[2].y < chart.points[1].y
    assert (chart.lower_y, chart.points[1].y) == (HEIGHT, chart.mean_y)
    assert chart.path.startswith("M")
    assert chart.path.count("L") == 2


@pytest.mark.parametrize("values", [[], [3]])
def test_a_series_without_limits_has_no_lines(values: list[float]) -> None:
    chart = chart_of(values, [False] * len(values), None, None, None)
    assert (chart.mean_y, chart.lower_y, chart.upper_y) == (None, None, None)
    assert len(chart.points) == len(values)
