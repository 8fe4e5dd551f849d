"""Complaints over HTTP: whose they are, what they repeat, which ticket follows."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Acting, Get, problem

HERE = {"lon_deg": 120.92, "lat_deg": 30.83}


@pytest.fixture(autouse=True)
def places(connection: Connection) -> None:
    connection.execute(
        "UPDATE restaurant SET lon_deg = 120.92, lat_deg = 30.83, address = '人民大道12号'"
        " WHERE restaurant_id = 1"
    )
    connection.execute(
        "UPDATE restaurant SET lon_deg = 120.9206, lat_deg = 30.83, address = '人民大道16号'"
        " WHERE restaurant_id = 2"
    )


def report(client: TestClient, **members: object) -> dict[str, Any]:
    order = {"channel": "qr", "category": "sewage_overflow"} | members
    answer = client.post("/api/v1/complaints", json=order)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_name_and_place_find_the_restaurant(client: TestClient) -> None:
    found = report(client, **HERE, restaurant_name="全好", address="魏塘人民大道１２號")
    assert (found["restaurant_id"], found["match_state"]) == (1, "automatic")
    assert found["match_score"] > 0.8
    assert "0 m away" in found["match_reasons"]
    assert found["town_code"] == "wt"


def test_a_place_between_two_is_for_a_person_to_decide(client: TestClient, get: Get) -> None:
    found = report(client, lon_deg=120.9203, lat_deg=30.83)
    assert (found["restaurant_id"], found["match_state"]) == (None, "suggested")
    assert found["town_code"] == "wt", "it counts in the town all the same"
    path = f"/complaints/{found['complaint_id']}"
    candidates = get(f"{path}/match-candidates")
    assert [c["restaurant_id"] for c in candidates] == [1, 2]
    confirmed = client.post(
        f"/api/v1{path}/match", json={"decision": "confirm", "restaurant_id": 2}
    )
    assert (confirmed.json()["restaurant_id"], confirmed.json()["match_state"]) == (2, "confirmed")
    assert get("/complaints", match_state="confirmed")["items"] == [confirmed.json()]
    rejected = client.post(f"/api/v1{path}/match", json={"decision": "reject", "reason": "桥下"})
    assert (rejected.json()["restaurant_id"], rejected.json()["match_state"]) == (None, "rejected")
    for bad in (
        {"decision": "confirm"},
        {"decision": "reject"},
        {"decision": "confirm", "restaurant_id": 99},
    ):
        problem(client.post(f"/api/v1{path}/match", json=bad), 422)
    problem(client.get("/api/v1/complaints/99/match-candidates"), 404)


def test_what_is_nowhere_near_counts_in_the_county(client: TestClient) -> None:
    found = report(client, lon_deg=121.5, lat_deg=31.2)
    assert (found["match_state"], found["town_code"]) == ("none", None)


def test_coordinates_of_chinese_maps_are_converted_if_declared(client: TestClient) -> None:
    given = {"lon_deg": 120.92413146636407, "lat_deg": 30.82757060084542}
    assert report(client, **given, coordinate_system="gcj02")["lon_deg"] == pytest.approx(
        120.92, abs=1e-7
    )
    assert report(client, **given)["lon_deg"] == given["lon_deg"]
    problem(
        client.post(
            "/api/v1/complaints", json={"channel": "qr", "category": "odour", "lon_deg": 120.9}
        ),
        422,
    )


def test_the_second_complaint_of_a_matter_is_linked_to_the_first(
    client: TestClient, clock: ManualClock, get: Get
) -> None:
    first = report(client, restaurant_id=1)
    clock.advance_s(30 * 3_600)
    second = report(client, restaurant_id=1)
    clock.advance_s(30 * 3_600)
    third = report(client, restaurant_id=1)
    assert [c["duplicate_of"] for c in (first, second, third)] == [None, 1, 1], "never a chain"
    assert second["duplicate_reason"] == "same restaurant"
    assert report(client, restaurant_id=1, category="fume")["duplicate_of"] is None
    assert report(client, restaurant_id=2)["duplicate_of"] is None
    clock.advance_s(13 * 3_600)
    assert report(client, restaurant_id=1)["duplicate_of"] is None, "72 h after the first"
    (month,) = get("/complaints/trend", **{"from": "2026-01", "to": "2026-01"})["months"]
    assert (month["all"]["count"], month["deduplicated"]["count"]) == (5, 3)
    assert (month["fume_count"], month["fume_deduplicated"]) == (1, 1)


def test_near_places_without_a_restaurant_repeat_each_other(client: TestClient) -> None:
    report(client, lon_deg=121.5, lat_deg=31.2)
    near = report(client, lon_deg=121.5, lat_deg=31.2003)
    assert (near["duplicate_of"], near["duplicate_reason"]) == (1, "33 m apart")
    assert 0.4 < near["duplicate_score"] < 0.8
    assert report(client, lon_deg=121.5, lat_deg=31.201)["duplicate_of"] is None


def test_links_can_be_made_and_undone_by_a_person(
    client: TestClient, connection: Connection
) -> None:
    for _ in range(2):
        report(client, restaurant_id=1)
    undone = client.delete("/api/v1/complaints/2/duplicate")
    assert undone.json()["duplicate_of"] is None
    problem(client.delete("/api/v1/complaints/2/duplicate"), 409)
    report(client, restaurant_id=2, duplicate_of=2)
    linked = client.put(
        "/api/v1/complaints/2/duplicate", json={"duplicate_of": 1, "reason": "同一次"}
    )
    assert linked.json()["duplicate_of"] == 1
    assert client.get("/api/v1/complaints/3").json()["duplicate_of"] == 1, "no chains"
    order = {"duplicate_of": 3, "reason": "也是"}
    problem(client.put("/api/v1/complaints/1/duplicate", json=order), 422)
    fume = report(client, restaurant_id=1, category="fume")
    path = f"/api/v1/complaints/{fume['complaint_id']}/duplicate"
    problem(client.put(path, json={"duplicate_of": 1, "reason": "?"}), 422)
    actions = [
        row[0]
        for row in connection.execute(
            "SELECT action FROM audit_event WHERE subject_id = '2' AND subject_kind = 'complaint'"
            " ORDER BY audit_event_id"
        )
    ]
    assert actions == [
        "complaint.created",
        "complaint.duplicate_undone",
        "complaint.duplicate_linked",
    ]


def ticket(client: TestClient, number: int, acting: Acting, **order: object) -> Any:
    headers = acting("li", "clerk")
    return client.post(f"/api/v1/complaints/{number}/ticket", json=order, headers=headers)


def test_a_complaint_opens_its_ticket_once(client: TestClient, acting: Acting, get: Get) -> None:
    report(client, restaurant_id=2, description="门口全是污水")
    opened = ticket(client, 1, acting)
    assert opened.status_code == 200, opened.text
    assert (opened.json()["problem"], opened.json()["trap_id"]) == ("overflow", 2)
    assert ticket(client, 1, acting).json() == opened.json()
    found = get(f"/tickets/{opened.json()['ticket_id']}")["ticket"]
    assert (found["source_kind"], found["source_ref"], found["summary"]) == (
        "complaint",
        "1",
        "门口全是污水",
    )
    problem(
        client.post("/api/v1/complaints/1/match", json={"decision": "confirm", "restaurant_id": 1}),
        409,
    )


def test_a_complaint_joins_the_ticket_at_work(client: TestClient, acting: Acting, get: Get) -> None:
    report(client, restaurant_id=1)
    joined = ticket(client, 1, acting)
    assert joined.json()["ticket_id"] == 1, "the county's open overflow ticket of this trap"
    events = get("/tickets/1")["events"]
    assert events[-1]["action"] == "attach_complaint"
    assert get("/complaints/1")["ticket_id"] == 1


@pytest.mark.parametrize(("days", "expected"), [(29, "reopened"), (31, "opened")])
def test_a_complaint_reopens_what_was_closed_lately(
    client: TestClient, connection: Connection, acting: Acting, days: int, expected: str
) -> None:
    connection.execute(
        "UPDATE ticket SET state = 'closed',"
        " closed_at = '2026-01-05T01:00Z'::timestamptz - %s * INTERVAL '1 day'",
        (days,),
    )
    report(client, restaurant_id=1)
    given = ticket(client, 1, acting).json()
    if expected == "reopened":
        assert (given["ticket_id"], given["state"]) == (1, "in_progress")
        assert client.get("/api/v1/tickets/1").json()["ticket"]["reopen_count"] == 1
    else:
        assert (given["ticket_id"], given["state"]) == (2, "new")


def test_of_several_traps_one_must_be_named(
    client: TestClient, connection: Connection, acting: Acting
) -> None:
    connection.execute(
        "INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2,"
        " created_at, updated_at)"
        " VALUES ('T2b', 2, 450, 600, 900, 0.75, now(), now())"
    )
    report(client, restaurant_id=2)
    assert "T2b" in problem(ticket(client, 1, acting), 422)["detail"]
    problem(ticket(client, 1, acting, trap_id=1), 422)
    assert ticket(client, 1, acting, trap_id=7).json()["trap_id"] == 7
    clock_less = report(client, restaurant_id=2, description="又来了")
    again = ticket(client, clock_less["complaint_id"], acting)
    assert again.json()["trap_id"] == 7, "the trap whose ticket is at work"


def test_without_a_restaurant_or_a_trap_there_is_no_ticket(
    client: TestClient, acting: Acting
) -> None:
    report(client)
    problem(ticket(client, 1, acting), 409)
    report(client, restaurant_id=6)
    problem(ticket(client, 2, acting), 409)
    problem(ticket(client, 3, acting), 404)


def test_who_reported_is_kept_apart(client: TestClient, connection: Connection) -> None:
    reporter = {"name": "陈某", "phone": "13900000000"}
    created = report(client, restaurant_id=1, reporter=reporter)
    for text in (
        str(created),
        client.get("/api/v1/complaints").text,
        str(connection.execute("SELECT detail FROM audit_event").fetchall()),
    ):
        assert "139" not in text
    found = client.get("/api/v1/complaints/1/reporter").json()
    assert (found["name"], found["phone"]) == ("陈某", "13900000000")
    asked = "SELECT count(*) FROM audit_event WHERE action = 'complaint.reporter_read'"
    assert connection.execute(asked).fetchone() == (1,)
    problem(client.get("/api/v1/complaints/2/reporter"), 404)


def test_a_repeated_request_makes_one_complaint(client: TestClient, get: Get) -> None:
    headers = {"Idempotency-Key": "k-1"}
    order = {"channel": "qr", "category": "odour"}
    first = client.post("/api/v1/complaints", json=order, headers=headers)
    again = client.post("/api/v1/complaints", json=order, headers=headers)
    assert first.json() == again.json()
    assert len(get("/complaints")["items"]) == 1


def test_receivers_that_ask_for_it_hear_of_complaints(
    client: TestClient, connection: Connection
) -> None:
    report(client, restaurant_id=1, reporter={"phone": "13900000000"})
    report(client, restaurant_id=1, received_at="2025-12-01T00:00:00Z")
    found = connection.execute(
        "SELECT subject_id, convert_from(body, 'utf8') FROM webhook_message"
        " WHERE event_type = 'complaint.received'"
    ).fetchall()
    assert [row[0] for row in found] == ["1"], "old ones are history"
    assert '"category":"sewage_overflow"' in found[0][1]
    assert "139" not in found[0][1]
