from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Get, problem

CLOSURE = {
    "restaurant_id": 1,
    "closed_from": "2026-01-10T00:00:00Z",
    "closed_to": "2026-01-12T00:00:00Z",
    "reason": "装修",
}


def test_a_closure_is_told_and_listed(client: TestClient, get: Get) -> None:
    created = client.post("/api/v1/closures", json=CLOSURE)
    assert created.status_code == 201, created.text
    body = created.json()
    assert body.items() >= CLOSURE.items()
    assert (body["restaurant_name"], body["created_at"]) == ("全好", "2026-01-05T01:00:00Z")
    assert created.headers["location"] == "/api/v1/closures/1"
    assert get("/closures/1") == body
    problem(client.post("/api/v1/closures", json=CLOSURE), 409)
    problem(client.get("/api/v1/closures/9"), 404)


def test_lists_and_filters(client: TestClient, get: Get) -> None:
    later = {"closed_from": "2026-02-10T00:00:00Z", "closed_to": "2026-02-12T00:00:00Z"}
    for order in (CLOSURE, CLOSURE | {"restaurant_id": 4}, CLOSURE | later):
        assert client.post("/api/v1/closures", json=order).status_code == 201

    def numbers(**filters: Any) -> list[int]:
        return [row["closure_id"] for row in get("/closures", **filters)["items"]]

    assert numbers() == [3, 2, 1]
    assert numbers(restaurant=1) == [3, 1]
    assert numbers(town="xt") == [2]
    assert numbers(**{"from": "2026-01-11T23:00:00Z", "to": "2026-02-10T00:00:00Z"}) == [2, 1]
    assert numbers(**{"from": "2026-01-12T00:00:00Z"}) == [3]
    page = get("/closures", limit=2)
    assert [r["closure_id"] for r in get("/closures", after=page["next"])["items"]] == [1]


@pytest.mark.parametrize(
    "change",
    [
        {"restaurant_id": 99},
        {"closed_to": "2026-01-10T00:00:00Z"},
        {"closed_from": "2026-01-10T00:00:00"},
        {"reason": ""},
        {"until": "2026-01-10T00:00:00Z"},
    ],
)
def test_a_closure_that_cannot_be(client: TestClient, change: dict[str, Any]) -> None:
    problem(client.post("/api/v1/closures", json=CLOSURE | change), 422)
