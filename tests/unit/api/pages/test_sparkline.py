from datetime import UTC, datetime, timedelta

from api.charts.schemas import Series, Threshold, TrapChart
from api.pages.sparkline import HEIGHT, WIDTH, sparkline

TO = datetime(2026, 1, 8, tzinfo=UTC)
FROM = TO - timedelta(days=7)
FROM_S = int(FROM.timestamp())
HOUR_S = 3_600


def chart(*levels: tuple[int, float | None]) -> TrapChart:
    """Make one of hours since its beginning and levels."""
    values = [level for _, level in levels]
    series = Series(
        at_s=[FROM_S + hour * HOUR_S for hour, _ in levels], mean=values, min=values, max=values
    )
    return TrapChart(
        trap_id=1,
        code="T1",
        from_at=FROM,
        to_at=TO,
        resolution="raw",
        gap_s=750,
        outlet_invert_mm=500,
        cover_mm=1_000,
        level_mm=series,
        flow_lps=Series(at_s=[], mean=[], min=[], max=[]),
        thresholds=[
            Threshold(rule_code="R01", name="高", name_en="High", severity="red", level_mm=600)
        ],
        cover_open=[],
        rain=[],
        events=[],
    )


def test_a_gap_parts_the_line() -> None:
    drawn = sparkline(chart((0, 525.0), (84, 525.0), (85, None), (168, 1_050.0)))
    assert drawn.points == [f"0,60.0 {WIDTH // 2},60.0", f"{WIDTH},0.0 {WIDTH},0.0"]
    assert (drawn.gap_count, drawn.latest_mm) == (1, 1_050.0)
    assert (drawn.lowest_mm, drawn.highest_mm) == (525.0, 1_050.0)


def test_limits_stand_between_floor_and_cover() -> None:
    limits = {limit.code: limit.y for limit in sparkline(chart()).limits}
    assert list(limits) == ["invert", "R01", "cover"]
    assert HEIGHT > limits["invert"] > limits["R01"] > limits["cover"] > 0


def test_nothing_measured() -> None:
    drawn = sparkline(chart())
    assert (drawn.points, drawn.gap_count, drawn.latest_mm) == ([], 0, None)


def test_a_peak_within_a_pixel_is_kept() -> None:
    drawn = sparkline(chart((0, 500.0), (0, 900.0), (0, 510.0)))
    assert drawn.points == ["0,17.1 0,17.1"]
