from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Get, problem

PLACE = "/api/v1/rainfall"
HOUR = {"town_id": 1, "hour": "2026-01-05T00:00:00Z", "rain_mm": 2.5}


def test_rain_is_put_corrected_and_listed(client: TestClient, get: Get) -> None:
    hours = [HOUR, HOUR | {"town_id": 2}, HOUR | {"hour": "2026-01-05T07:00:00+08:00"}]
    assert client.put(PLACE, json={"hours": hours}).json() == {"changed_count": 3}
    corrected = client.put(PLACE, json={"hours": [HOUR | {"rain_mm": 3}, hours[1]]})
    assert corrected.json() == {"changed_count": 1}
    rows = [(row["town_code"], row["hour"], row["rain_mm"]) for row in get("/rainfall")["items"]]
    assert rows == [
        ("xt", "2026-01-05T00:00:00Z", 2.5),
        ("wt", "2026-01-05T00:00:00Z", 3.0),
        ("wt", "2026-01-04T23:00:00Z", 2.5),
    ]
    assert len(get("/rainfall", town="wt", to="2026-01-05T00:00:00Z")["items"]) == 1
    assert len(get("/rainfall", town="wt", **{"from": "2026-01-05T00:00:00Z"})["items"]) == 1
    seen, after = [], None
    while page := get("/rainfall", limit=1, **({"after": after} if after else {})):
        seen += [(row["town_code"], row["hour"], row["rain_mm"]) for row in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen == rows


@pytest.mark.parametrize(
    "hours",
    [
        [],
        [HOUR, HOUR],
        [HOUR, HOUR | {"hour": "2026-01-05T08:00:00+08:00"}],
        [HOUR | {"hour": "2026-01-05T00:30:00Z"}],
        [HOUR | {"hour": "2026-01-05T00:00:00+05:30"}],
        [HOUR | {"hour": "2026-01-05T02:00:00Z"}],
        [HOUR | {"rain_mm": -1}],
        [HOUR | {"rain_mm": 1_001}],
        [HOUR | {"town_id": 99}],
    ],
)
def test_rain_that_cannot_be(client: TestClient, get: Get, hours: list[Any]) -> None:
    problem(client.put(PLACE, json={"hours": hours}), 422)
    assert get("/rainfall")["items"] == []
