from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Get, problem

DIP = {
    "trap_id": 1,
    "inspector": "王",
    "inspected_at": "2026-01-05T00:30:00Z",
    "fog_mm": 100,
    "water_mm": 430,
    "solids_mm": 50,
}


def test_a_dip_measurement_says_how_full_a_trap_is(client: TestClient, get: Get) -> None:
    created = client.post("/api/v1/inspections", json=DIP)
    assert created.status_code == 201, created.text
    body = created.json()
    assert body.items() >= DIP.items()
    assert (body["depth_mm"], body["fullness_ratio"], body["due"]) == (600, 0.25, True)
    assert (body["trap_code"], body["filed_at"]) == ("T1", "2026-01-05T01:00:00Z")
    assert created.headers["location"] == "/api/v1/inspections/1"
    assert get("/inspections/1") == body
    problem(client.post("/api/v1/inspections", json=DIP), 409)


def test_lists_and_filters(client: TestClient, get: Get) -> None:
    for trap_id in (1, 4):
        for hour in (20, 22):
            order = DIP | {"trap_id": trap_id, "inspected_at": f"2026-01-04T{hour}:00:00Z"}
            assert client.post("/api/v1/inspections", json=order).status_code == 201

    def numbers(**filters: Any) -> list[int]:
        return [row["inspection_id"] for row in get("/inspections", **filters)["items"]]

    assert numbers() == [4, 3, 2, 1]
    assert numbers(town="xt") == [4, 3]
    assert numbers(trap=1) == [2, 1]
    assert numbers(trap=1, **{"from": "2026-01-04T22:00:00Z"}) == [2]
    assert numbers(trap=1, to="2026-01-04T22:00:00Z") == [1]
    page = get("/inspections", limit=3)
    assert [r["inspection_id"] for r in get("/inspections", after=page["next"])["items"]] == [1]


@pytest.mark.parametrize(
    "change",
    [
        {"trap_id": 99},
        {"job_id": 99},
        {"fog_mm": -1},
        {"water_mm": 800},
        {"inspector": ""},
        {"inspected_at": "2026-01-05T02:00:00Z"},
        {"due": True},
    ],
)
def test_a_measurement_that_cannot_be(client: TestClient, change: dict[str, Any]) -> None:
    problem(client.post("/api/v1/inspections", json=DIP | change), 422)
    problem(client.get("/api/v1/inspections/9"), 404)
