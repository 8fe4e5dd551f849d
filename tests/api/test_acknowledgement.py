"""Taking an alert in hand over HTTP; alert 2 of the county is open, alert 1 is over."""

from typing import Any

from fastapi.testclient import TestClient

from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Get, problem

PATH = "/api/v1/alerts/2/acknowledgement"
ORDER: dict[str, Any] = {"by": "李四", "note": "在路上", "until": "2026-01-05T02:00:00Z"}


def test_an_alert_is_taken_in_hand_and_given_back(
    client: TestClient, get: Get, connection: Connection
) -> None:
    taken = client.post(PATH, json=ORDER)
    assert taken.status_code == 201, taken.text
    alert = taken.json()["alert"]
    assert (alert["acked_by"], alert["acked_at"]) == ("李四", "2026-01-05T01:00:00Z")
    assert (alert["ack_note"], alert["ack_until"]) == ("在路上", ORDER["until"])
    assert [event["type"] for event in taken.json()["events"]] == ["fired", "acked"]
    assert [row["alert_id"] for row in get("/alerts", acked=True)["items"]] == [2]
    assert [row["alert_id"] for row in get("/alerts", acked=False)["items"]] == [1]
    problem(client.post(PATH, json=ORDER), 409)
    given_back = client.delete(PATH)
    assert given_back.status_code == 200
    assert given_back.json()["alert"]["acked_by"] is None
    problem(client.delete(PATH), 409)
    assert connection.execute("SELECT action FROM audit_event ORDER BY 1").fetchall() == [
        ("alert.acked",), ("alert.unacked",),
    ]  # fmt: skip


def test_one_that_has_run_out_is_not_shown(
    client: TestClient, get: Get, clock: ManualClock
) -> None:
    client.post(PATH, json=ORDER)
    clock.advance_s(3_600)
    assert get("/alerts/2")["alert"]["acked_by"] is None
    assert get("/alerts", acked=True)["items"] == []


def test_what_cannot_be(client: TestClient) -> None:
    problem(client.post("/api/v1/alerts/9/acknowledgement", json=ORDER), 404)
    problem(client.post("/api/v1/alerts/1/acknowledgement", json=ORDER), 409)
    problem(client.delete("/api/v1/alerts/9/acknowledgement"), 404)
    for change in ({"by": ""}, {"by": None}, {"until": "2026-01-05T01:00:00Z"}, {"colour": 1}):
        problem(client.post(PATH, json=ORDER | change), 422)
