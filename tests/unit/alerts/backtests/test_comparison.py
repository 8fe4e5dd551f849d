from datetime import UTC

from alerts.backtests.comparison import Difference, Occurrence, by_period, differences
from alerts.backtests.table import chart_lines, difference_lines, table_lines
from core.instant import DAY_US, HOUR_US

START_US = 1_772_323_200_000_000  # 2026-03-01T00:00:00Z


def alert(
    code: str = "R01",
    hour: float = 1.0,
    end_hour: float | None = 2.0,
    severity: str = "yellow",
    subject: str = "device:1",
    *,
    is_told: bool = True,
) -> Occurrence:
    fired_us = START_US + round(hour * HOUR_US)
    ended_us = None if end_hour is None else START_US + round(end_hour * HOUR_US)
    return Occurrence(code, subject, "T1", severity, fired_us, ended_us, is_told)


def test_the_same_alerts_do_not_differ() -> None:
    assert (
        differences(
            [alert(), alert(hour=5, end_hour=None)], [alert(hour=5, end_hour=None), alert()]
        )
        == []
    )


def test_an_alert_of_one_side_only_is_a_difference() -> None:
    assert differences([alert()], []) == [Difference(alert(), None)]
    assert differences([], [alert()]) == [Difference(None, alert())]


def test_alerts_that_overlap_are_one_and_differ_in_what_people_saw() -> None:
    before, after = alert(), alert(hour=1.5, end_hour=3.0)
    assert differences([before], [after]) == [Difference(before, after)]
    worse = alert(severity="red")
    assert differences([before], [worse]) == [Difference(before, worse)]
    untold = alert(is_told=False)
    assert differences([before], [untold]) == [Difference(before, untold)]
    # When it ended nobody was told for its own sake.
    assert differences([before], [alert(end_hour=2.5)]) == []


def test_alerts_apart_or_of_others_are_two() -> None:
    before = alert()
    for other in (alert(hour=3, end_hour=4), alert(subject="device:2"), alert(code="R02")):
        found = differences([before], [other])
        assert sorted(found, key=lambda d: d.before is None) == [
            Difference(before, None),
            Difference(None, other),
        ]


def test_one_alert_matches_one_alert_only() -> None:
    long = alert(hour=1, end_hour=None)
    first, second = alert(hour=1, end_hour=2), alert(hour=3, end_hour=4)
    assert differences([long], [first, second]) == [Difference(None, second)]


def test_periods_count_what_fired_in_them() -> None:
    found = [alert(hour=0), alert(hour=23), alert(hour=24), alert(hour=47.9)]
    assert by_period(found, [START_US, START_US + DAY_US], START_US + 2 * DAY_US) == [2, 2]


def test_the_table_counts_by_rule_and_side() -> None:
    sides = {
        "recorded": [alert(), alert(severity="red", is_told=False)],
        "in force": [alert("R02")],
    }
    assert list(table_lines(sides)) == [
        "rule            alerts  told  blue  yellow  orange  red",
        "R01   recorded       2     1     0       1       0    1",
        "R01   in force       0     0     0       0       0    0",
        "R02   recorded       0     0     0       0       0    0",
        "R02   in force       1     1     0       1       0    0",
    ]


def test_the_chart_has_a_bar_a_day_in_one_scale_for_both_sides() -> None:
    many = [alert(hour=hour) for hour in range(8)]
    sides = {"a": [*many, alert(hour=49)], "b": [alert(hour=30)]}
    _, first, second = chart_lines(sides, (START_US, START_US + 3 * DAY_US - 1), UTC)
    assert first == "R01   a  |█ ▁| 8"
    assert second == "R01   b  | ▁ | 8"


def test_a_long_chart_takes_several_days_a_column() -> None:
    head, line = chart_lines({"a": [alert()]}, (START_US, START_US + 150 * DAY_US - 1), UTC)
    assert "2 days a column" in head
    assert line == f"R01   a  |█{' ' * 74}| 1"


def test_differences_are_readable() -> None:
    found = [Difference(alert(), None), Difference(None, alert(end_hour=None, is_told=False))]
    assert list(difference_lines(found, "recorded", "in force")) == [
        "only recorded: R01 T1 yellow 2026-03-01T01:00:00+00:00 – 2026-03-01T02:00:00+00:00, told",
        "only in force: R01 T1 yellow 2026-03-01T01:00:00+00:00 – open, not told",
    ]
