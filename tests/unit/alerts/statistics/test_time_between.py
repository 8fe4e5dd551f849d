from datetime import date, timedelta

import pytest

from alerts.statistics.time_between import pause_chart

BEGIN = date(2025, 1, 1)


def days(*pauses: int) -> list[date]:
    found = [BEGIN]
    for pause in pauses:
        found.append(found[-1] + timedelta(days=pause))
    return found


def test_a_pause_longer_than_the_limit_is_news() -> None:
    events = days(*[10, 14] * 7, 400)
    chart = pause_chart(events, events[-1])
    assert chart is not None
    assert 10 < chart.centre_days < 14
    assert 0 < chart.lower_days < 10
    assert 14 < chart.upper_days < 400
    assert [pause.signals for pause in chart.pauses[:7]] == [()] * 7
    assert chart.pauses[-1].pause_days == 400
    assert chart.pauses[-1].signals == ("outside",)


def test_limits_by_hand() -> None:
    events = days(*[1, 2] * 6)
    chart = pause_chart(events, date(2026, 1, 1))
    assert chart is not None
    step = 2 ** (1 / 3.6) - 1
    assert chart.centre_days == pytest.approx((1 + step / 2) ** 3.6)
    assert chart.upper_days == pytest.approx((1 + step / 2 + 2.66 * step) ** 3.6)


def test_too_few_events_have_no_chart() -> None:
    events = days(*[5] * 12)
    assert pause_chart(events, date(2026, 1, 1)) is not None
    assert pause_chart(events, events[-1]) is None, "the last pause ends after the baseline"
    assert pause_chart([], BEGIN) is None
    same = pause_chart(days(*[0] * 12), date(2026, 1, 1))
    assert same is not None
    assert {pause.pause_days for pause in same.pauses} == {0.5}
