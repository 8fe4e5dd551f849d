import pytest
from fastapi.testclient import TestClient

from core.db import Connection
from tests.api.conftest import Get, problem


@pytest.fixture(autouse=True)
def _eventful(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO job (trap_id, kind, state, planned_from, planned_to, opened_at, closed_at,"
        " created_at) VALUES (1, 'pump_out', 'closed', '2026-01-03T00:00Z', '2026-01-03T04:00Z',"
        " '2026-01-03T01:00Z', '2026-01-03T02:00Z', '2026-01-02T00:00Z')"
    )
    connection.execute(
        "INSERT INTO pump_out (source, trap_id, pumped_at, filed_at, volume_l, hauler, disposer,"
        " manifest_no) VALUES ('manifest', 1, '2026-01-03T01:30Z', '2026-01-03T02:00Z', 400, 'h',"
        " 'd', 'M1')"
    )
    connection.execute(
        "INSERT INTO inspection (trap_id, inspector, inspected_at, fog_mm, solids_mm, water_mm,"
        " depth_mm, filed_at) VALUES (1, 'li', '2026-01-04T02:00Z', 90, 60, 450, 600,"
        " '2026-01-04T02:00Z')"
    )
    connection.execute(
        "INSERT INTO complaint (received_at, channel, category, restaurant_id, town_id, created_at)"
        " VALUES ('2026-01-01T02:00Z', '12345', 'odour', 1, 1, now()),"
        " ('2026-01-01T02:00Z', '12345', 'odour', 2, 1, now())"
    )


def test_everything_in_one_order(get: Get) -> None:
    timeline = get("/restaurants/1/timeline")
    assert [(i["at"], i["lane"], i["what"]) for i in timeline["items"]] == [
        ("2026-01-05T00:55:00Z", "reading", "level_mm"),
        ("2026-01-05T00:40:00Z", "ticket", "create"),
        ("2026-01-05T00:40:00Z", "alert", "fired"),
        ("2026-01-05T00:40:00Z", "alert", "fired"),
        ("2026-01-04T02:00:00Z", "inspection", "dip"),
        ("2026-01-03T02:00:00Z", "job", "closed"),
        ("2026-01-03T01:30:00Z", "manifest", "manifest"),
        ("2026-01-03T01:00:00Z", "job", "opened"),
        ("2026-01-02T00:00:00Z", "job", "planned"),
        ("2026-01-01T02:00:00Z", "complaint", "odour"),
    ]
    reading, ticket, *_ = timeline["items"]
    assert reading["detail"] == {"device": "dev-1", "reading_count": 12, "min": 600, "max": 611}
    assert (ticket["trap_code"], ticket["severity"]) == ("T1", "red")
    assert timeline["from_at"] == "2025-10-07T01:00:00Z"


def test_pages_neither_repeat_nor_hide(get: Get) -> None:
    whole = get("/restaurants/1/timeline")["items"]
    found, after = [], None
    while True:
        parameters = {} if after is None else {"after": after}
        page = get("/restaurants/1/timeline", limit=1, **parameters)
        found += page["items"]
        after = page["next"]
        if after is None:
            break
    assert found == whole


def test_a_lane_and_a_span(get: Get) -> None:
    jobs = get("/restaurants/1/timeline", lane="job")["items"]
    assert [job["what"] for job in jobs] == ["closed", "opened", "planned"]
    span = {"from": "2026-01-03T01:00:00Z", "to": "2026-01-03T02:00:00Z"}
    found = get("/restaurants/1/timeline", **span)["items"]
    assert [item["what"] for item in found] == ["manifest", "opened"]


def test_days_of_readings_are_the_countys(get: Get, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO reading_hourly (device_id, metric, hour, reading_count, value_sum, value_min,"
        " value_max, first_at, first_value, last_at, last_value) SELECT 1, 1, h, 1, 1, n, n, h, 1,"
        " h, 1 FROM (VALUES (15, '2026-01-04T15:00Z'::timestamptz), (16, '2026-01-04T16:00Z'))"
        " AS v (n, h)"
    )
    found = get("/restaurants/1/timeline", lane="reading")["items"]
    assert [(i["at"], i["detail"]["min"]) for i in found] == [
        ("2026-01-05T00:55:00Z", 16),
        ("2026-01-04T15:00:00Z", 15),
    ]


def test_refusals(client: TestClient) -> None:
    problem(client.get("/api/v1/restaurants/99/timeline"), 404)
    span = {"from": "2026-01-03T01:00:00Z", "to": "2026-01-03T01:00:00Z"}
    problem(client.get("/api/v1/restaurants/1/timeline", params=span), 422)
    early = {"to": "0001-01-01T00:00:00Z"}
    problem(client.get("/api/v1/restaurants/1/timeline", params=early), 422)
    problem(client.get("/api/v1/restaurants/1/timeline", params={"lane": "gossip"}), 422)
