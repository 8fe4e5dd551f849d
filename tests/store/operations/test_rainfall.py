from datetime import UTC, datetime, timedelta

import pytest

from alerts.rainfall import actions, store
from alerts.rainfall.store import RainHour
from core.db import Connection
from core.errors import InvalidRequestError
from core.instant import to_us

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_corrected_hour_takes_the_new_value(register: Connection) -> None:
    first = [RainHour(1, NOON, 3.5), RainHour(1, NOON - HOUR, 0)]
    assert actions.put_rainfall(register, first, "local", NOON) == 2
    second = [RainHour(1, NOON, 4.5), RainHour(1, NOON - HOUR, 0)]
    assert actions.put_rainfall(register, second, "local", NOON + HOUR) == 1
    assert actions.put_rainfall(register, second, "local", NOON + HOUR) == 0
    rain = store.select_rainfall(register, [1, 2], NOON - HOUR, NOON + HOUR)
    assert rain == {1: [(to_us(NOON - HOUR), 0.0), (to_us(NOON), 4.5)]}
    assert store.select_rainfall(register, [1], NOON, NOON) == {}
    audits = register.execute("SELECT action, detail FROM audit_event ORDER BY at").fetchall()
    assert [action for action, _ in audits] == ["rainfall.put", "rainfall.put"]
    assert [detail["hours"] for _, detail in audits] == [
        [[1, "2026-01-05T03:00:00Z", 0], [1, "2026-01-05T04:00:00Z", 3.5]],
        [[1, "2026-01-05T04:00:00Z", 4.5]],
    ]


def test_rain_falls_on_towns_that_are(register: Connection) -> None:
    with pytest.raises(InvalidRequestError, match="no town 7"):
        actions.put_rainfall(register, [RainHour(1, NOON, 1), RainHour(7, NOON, 1)], "local", NOON)
    assert register.execute("SELECT count(*) FROM rainfall").fetchone() == (0,)
