"""Silences and maintenance windows over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Get, problem

SILENCE: dict[str, Any] = {
    "trap_id": 1,
    "severity_max": "orange",
    "ends_at": "2026-01-05T03:00:00Z",
    "author": "张三",
    "comment": "管网施工",
}
WINDOW: dict[str, Any] = {
    "scope": "town",
    "scope_id": 1,
    "rule": "FREQ=WEEKLY;BYDAY=SU",
    "starts_at": "2026-01-05T18:00:00Z",
    "duration_s": 7200,
    "author": "张三",
    "comment": "泵站检修",
}
AUDIT = b"SELECT action, subject_id, actor FROM audit_event ORDER BY audit_event_id"


def test_a_silence_is_made_listed_and_expires(
    client: TestClient, get: Get, clock: ManualClock, connection: Connection
) -> None:
    made = client.post("/api/v1/silences", json=SILENCE)
    assert (made.status_code, made.json()["state"]) == (201, "in_force")
    assert made.json()["starts_at"] == "2026-01-05T01:00:00Z", "from now on"
    location = made.headers["location"]
    assert client.get(location).json() == made.json()
    assert [row["silence_id"] for row in get("/silences")["items"]] == [1]
    clock.advance_s(60)
    expired = client.post(f"{location}/expire").json()
    assert (expired["state"], expired["expired_at"]) == ("over", "2026-01-05T01:01:00Z")
    assert expired["ends_at"] == SILENCE["ends_at"], "as it was planned"
    problem(client.post(f"{location}/expire"), 409)
    assert get("/silences")["items"] == []
    assert [row["silence_id"] for row in get("/silences", show="all")["items"]] == [1]
    assert connection.execute(AUDIT).fetchall() == [
        ("silence.created", "1", "local"), ("silence.expired", "1", "local"),
    ]  # fmt: skip


def test_a_silence_ends_by_itself(client: TestClient, get: Get, clock: ManualClock) -> None:
    client.post("/api/v1/silences", json=SILENCE)
    later = SILENCE | {"starts_at": "2026-01-05T02:00:00Z"}
    assert client.post("/api/v1/silences", json=later).json()["state"] == "planned"
    clock.advance_s(7_200)
    assert get("/silences")["items"] == []
    problem(client.post("/api/v1/silences/1/expire"), 409)


def test_a_planned_silence_can_be_called_off(client: TestClient) -> None:
    client.post("/api/v1/silences", json=SILENCE | {"starts_at": "2026-01-05T02:00:00Z"})
    assert client.post("/api/v1/silences/1/expire").json()["state"] == "over"


@pytest.mark.parametrize(
    "change",
    [
        {"trap_id": None, "severity_max": None},
        {"trap_id": 99},
        {"town_id": 99},
        {"rule": "R99"},
        {"ends_at": "2026-01-05T01:00:00Z"},
        {"starts_at": "2026-01-05T04:00:00Z"},
        {"author": " "},
        {"comment": None},
        {"severity_max": "pink"},
        {"colour": 1},
    ],
)
def test_silences_that_cannot_be(client: TestClient, get: Get, change: dict[str, Any]) -> None:
    problem(client.post("/api/v1/silences", json=SILENCE | change), 422)
    assert get("/silences", show="all")["items"] == []


def test_a_silence_that_is_not_there(client: TestClient) -> None:
    problem(client.get("/api/v1/silences/9"), 404)
    problem(client.post("/api/v1/silences/9/expire"), 404)


def test_silences_come_in_pages(client: TestClient, get: Get) -> None:
    for _ in range(3):
        client.post("/api/v1/silences", json=SILENCE)
    first = get("/silences", limit=2)
    assert [row["silence_id"] for row in first["items"]] == [3, 2]
    second = get("/silences", limit=2, after=first["next"])
    assert [row["silence_id"] for row in second["items"]] == [1]


def test_a_maintenance_window_is_made_listed_and_deactivated(
    client: TestClient, get: Get, clock: ManualClock, connection: Connection
) -> None:
    made = client.post("/api/v1/maintenance-windows", json=WINDOW)
    assert made.status_code == 201, made.text
    window = made.json()
    assert (window["zone"], window["ends_at"]) == ("Asia/Shanghai", None)
    assert (window["scope"], window["scope_id"], window["is_active"]) == ("town", 1, True)
    location = made.headers["location"]
    assert client.get(location).json() == window
    clock.advance_s(60)
    ended = client.post(f"{location}/deactivate").json()
    assert (ended["is_active"], ended["deactivated_at"]) == (False, "2026-01-05T01:01:00Z")
    problem(client.post(f"{location}/deactivate"), 409)
    assert get("/maintenance-windows")["items"] == []
    assert len(get("/maintenance-windows", show="all")["items"]) == 1
    assert connection.execute(AUDIT).fetchall() == [
        ("maintenance_window.created", "1", "local"),
        ("maintenance_window.deactivated", "1", "local"),
    ]


@pytest.mark.parametrize(
    ("scope", "scope_id"),
    [("county", None), ("town", 1), ("restaurant", 1), ("trap", 1), ("gateway", 1)],
)
def test_a_maintenance_window_of_any_place(
    client: TestClient, scope: str, scope_id: int | None
) -> None:
    order = WINDOW | {"scope": scope, "scope_id": scope_id, "rule": "FREQ=DAILY;COUNT=2"}
    made = client.post("/api/v1/maintenance-windows", json=order).json()
    assert (made["scope"], made["scope_id"]) == (scope, scope_id)
    assert made["ends_at"] == "2026-01-06T20:00:00Z", "the second night, two hours"


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "county"},
        {"scope_id": None},
        {"scope_id": 99},
        {"scope": "gateway", "scope_id": 99},
        {"scope": "device"},
        {"rule": "FREQ=SECONDLY"},
        {"rule": "FREQ=DAILY;UNTIL=20200101"},
        {"rule": "FREQ=YEARLY;UNTIL=20260104", "starts_at": "2026-01-01T00:00:00Z"},
        {"zone": "Mars/Olympus"},
        {"duration_s": 0},
        {"duration_s": 31 * 86_400 + 1},
        {"starts_at": "0001-01-01T00:00:00Z"},
        {"starts_at": "9999-12-31T23:59:59Z"},
    ],
)
def test_maintenance_windows_that_cannot_be(client: TestClient, change: dict[str, Any]) -> None:
    problem(client.post("/api/v1/maintenance-windows", json=WINDOW | change), 422)


def test_a_maintenance_window_that_is_not_there(client: TestClient) -> None:
    problem(client.get("/api/v1/maintenance-windows/9"), 404)
    problem(client.post("/api/v1/maintenance-windows/9/deactivate"), 404)
