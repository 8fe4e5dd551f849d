"""One visit, many checks: from what is due in a town to the report, on a real database."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.db import Connection
from tests.api.conftest import Acting, Get, problem
from tests.files import JPEG, PNG

PLANS = "/api/v1/inspection-plans"
ORDER = {"town": "wt", "day": "2026-01-05", "inspector": "王", "stop_count_max": 2}
DIP = {"inspected_at": "2026-01-05T00:50:00Z", "fog_mm": 60, "water_mm": 500, "solids_mm": 40}
MANIFEST = {
    "pumped_at": "2026-01-05T00:40:00Z",
    "volume_l": 430,
    "hauler": "清源",
    "disposer": "绿能",
    "manifest_no": "LD-1",
    "confirmations": [{"party": "hauler", "by": "李"}, {"party": "generator", "by": "店主"}],
}


@pytest.fixture
def town(connection: Connection, client: TestClient, acting: Acting) -> TestClient:
    """Weitang with coordinates: a ticket on its way and an overdue pump-out at the first."""
    connection.execute("""
        UPDATE restaurant SET lon_deg = 120.9 + restaurant_id / 100.0, lat_deg = 30.8;
        INSERT INTO unit (code, name, name_en, created_at) VALUES ('zf', '执法', 'E', now());
        UPDATE alert SET status = 'resolved', ended_at = now(), settled_at = now()
         WHERE status = 'firing';
        INSERT INTO pump_out (source, trap_id, pumped_at, filed_at, volume_l, hauler, disposer,
                              manifest_no)
        VALUES ('manifest', 1, '2025-12-20Z', '2025-12-20Z', 430, '清源', '绿能', 'LD-0');
        INSERT INTO pump_out_confirmation (pump_out_id, party, confirmed_by, confirmed_at)
        VALUES (1, 'hauler', '-', '2025-12-20Z'), (1, 'disposer', '-', '2025-12-20Z');
        INSERT INTO alert (dedup_key, rule_id, rule_code, severity, device_id, trap_id,
                           restaurant_id, town_id, status, started_at, fired_at, opened_at, value,
                           peak_value, threshold, seq)
        SELECT 'R14:dev-3', rule_id, 'R14', 'blue', 3, 3, 3, 1, 'firing', '2026-01-04T22:00Z',
               '2026-01-04T22:00Z', '2026-01-04T22:00Z', 1, 1, '{}', 1
          FROM rule WHERE code = 'R14' AND superseded_at IS NULL;
    """)
    # A red alert's ticket is filed as soon as it is accepted.
    for action, detail in (("accept", {}), ("dispatch", {"owner_unit": "zf"})):
        moved = client.post(
            "/api/v1/tickets/1/transitions",
            json={"action": action, "detail": detail},
            headers={"If-Match": client.get("/api/v1/tickets/1").headers["ETag"]},
        )
        assert moved.status_code == 200, moved.text
    return client


def create(client: TestClient, **changes: object) -> Any:
    answer = client.post(PLANS, json=ORDER | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


def keys(stop: dict[str, Any]) -> list[str]:
    return [item["key"] for item in stop["items"]]


def ticket_entry(client: TestClient) -> dict[str, Any]:
    """The owner's work on ticket 1: started and reported at one visit."""
    before, after = (
        client.post(
            "/api/v1/tickets/1/attachments", content=content, headers={"Content-Type": media_type}
        ).json()["sha256"]
        for content, media_type in ((JPEG, "image/jpeg"), (PNG, "image/png"))
    )
    version = client.get("/api/v1/tickets/1").json()["ticket"]["version"]
    contact = {"person": "张", "first_contact_at": "2026-01-05T00:55:00Z"}
    report = {
        "photos_before": [before],
        "photos_after": [after],
        "volume_l": 430,
        "hauler": "清源",
        "note": "通了",
    }
    steps = [{"action": "start", "detail": contact}, {"action": "report", "detail": report}]
    return {"key": "ticket:1", "ticket": {"version": version, "transitions": steps}}


def test_a_plan_bundles_what_is_due_urgent_first(town: TestClient, get: Get) -> None:
    made = create(town, start={"lon_deg": 120.9, "lat_deg": 30.8})
    assert (made["plan"]["state"], made["plan"]["stop_count"]) == ("planned", 2)
    assert made["plan"]["due_restaurant_count"] == 3
    first, second = made["stops"]
    assert (first["restaurant_id"], first["is_urgent"]) == (1, True)
    assert sorted(keys(first)) == ["check:1", "pump_out:1", "ticket:1"]
    assert (second["restaurant_id"], keys(second)) == (2, ["check:2"])
    assert second["leg_m"] == pytest.approx(955, abs=5)
    assert {item["standing"] for item in first["items"]} == {"due"}
    (listed,) = get("/inspection-plans", town="wt", day="2026-01-05", state="planned")["items"]
    assert listed == made["plan"]
    assert get("/inspection-plans", town="xt")["items"] == []
    # What stands on an open plan is not planned again; the third has its silent device and check.
    (third,) = create(town)["stops"]
    assert sorted(keys(third)) == ["check:3", "device:3"]
    problem(town.post(PLANS, json=ORDER), 409)
    problem(town.post(PLANS, json=ORDER | {"town": "??"}), 422)


def test_one_call_settles_every_item_and_the_report_counts_it(
    town: TestClient, get: Get, acting: Acting
) -> None:
    made = create(town)
    plan = f"{PLANS}/{made['plan']['inspection_plan_id']}"
    first, second = made["stops"]
    settle = f"{plan}/stops/{first['inspection_stop_id']}/settle"
    entries = [
        {"key": "check:1", "check": DIP},
        {"key": "pump_out:1", "pump_out": MANIFEST},
        ticket_entry(town),
    ]
    headers = {**acting("张", "owner"), "Idempotency-Key": "v1"}
    problem(town.post(settle, json={"items": entries}, headers=acting("张", "owner")), 409)
    assert town.post(f"{plan}/start").json()["plan"]["state"] == "under_way"
    problem(town.post(f"{plan}/start"), 409)
    done = town.post(settle, json={"items": entries, "note": "顺利"}, headers=headers)
    assert done.status_code == 200, done.text
    stop = done.json()["stops"][0]
    assert (stop["state"], stop["settled_by"], stop["note"]) == ("visited", "张", "顺利")
    by_key = {item["key"]: item for item in stop["items"]}
    assert {item["outcome"] for item in by_key.values()} == {"handled"}
    assert by_key["ticket:1"]["result"]["state"] == "reported"
    assert get("/tickets/1")["ticket"]["state"] == "reported"
    assert get(f"/pump-outs/{by_key['pump_out:1']['result']['pump_out_id']}")["verified_at"]
    number = by_key["check:1"]["result"]["inspection_id"]
    assert get(f"/inspections/{number}")["inspector"] == "王"
    # The same request again is the same answer; another one finds the stop settled.
    again = town.post(settle, json={"items": entries, "note": "顺利"}, headers=headers)
    assert again.json() == done.json()
    problem(town.post(settle, json={"items": entries}, headers=acting("张", "owner")), 409)
    skip = f"{plan}/stops/{second['inspection_stop_id']}/skip"
    ended = town.post(skip, json={"reason": "关门"}).json()
    assert (ended["plan"]["state"], ended["plan"]["skipped_count"]) == ("done", 1)
    span = {"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"}
    report = get("/inspection-plans/report", town="wt", **span)
    assert (report["visit_count"], report["separate_visit_count"]) == (1, 3)
    assert report["saved_visits"] == {"numerator": 2, "denominator": 3, "ratio": 2 / 3}
    assert [row["handled_count"] for row in report["items"]] == [1, 1, 0, 1]
    empty = get("/inspection-plans/report", town="xt", **span)
    assert (empty["visit_count"], empty["saved_visits"]["ratio"]) == (0, None)


def test_all_or_nothing_and_every_problem_is_named(
    town: TestClient, connection: Connection, acting: Acting
) -> None:
    made = create(town)
    plan = f"{PLANS}/{made['plan']['inspection_plan_id']}"
    town.post(f"{plan}/start")
    settle = f"{plan}/stops/{made['stops'][0]['inspection_stop_id']}/settle"
    stale = ticket_entry(town)
    stale["ticket"]["version"] -= 1
    entries = [
        {"key": "check:1", "check": DIP | {"water_mm": 900}},
        {"key": "pump_out:1", "pump_out": MANIFEST},
        stale,
    ]
    before = connection.execute("SELECT count(*) FROM audit_event").fetchone()
    body = problem(town.post(settle, json={"items": entries}, headers=acting("张", "owner")), 422)
    assert [error["pointer"] for error in body["errors"]] == ["#/items/0", "#/items/2"]
    assert "version" in body["errors"][1]["detail"]
    assert connection.execute("SELECT count(*) FROM pump_out").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM audit_event").fetchone() == before
    body = problem(town.post(settle, json={"items": entries[1:2]}), 422)
    assert [error["pointer"] for error in body["errors"]] == ["#/items", "#/items"]
    ahead = {"key": "check:1", "check": DIP | {"inspected_at": "2026-01-06T00:00:00Z"}}
    body = problem(town.post(settle, json={"items": [ahead]}), 422)
    assert body["errors"][0]["pointer"] == "#/items/0"
    two = {"key": "check:1", "check": DIP, "left_open": "x"}
    body = problem(town.post(settle, json={"items": [two]}), 422)
    assert body["errors"][0]["pointer"] == "#/items/0"
    problem(town.post(settle.replace("/settle", "/skip"), json={}), 422)
    problem(town.post(f"{plan}/stops/999/skip", json={"reason": "x"}), 404)


def test_what_others_settled_meanwhile_and_what_came_up(
    town: TestClient, connection: Connection, get: Get
) -> None:
    made = create(town)
    plan = f"{PLANS}/{made['plan']['inspection_plan_id']}"
    number = made["plan"]["inspection_plan_id"]
    town.post(f"{plan}/start")
    version = get("/tickets/1")["ticket"]["version"]
    cancelled = town.post(
        "/api/v1/tickets/1/transitions",
        json={"action": "cancel", "detail": {"false_alarm_code": "test"}},
        headers={"If-Match": f'"{version}"'},
    )
    assert cancelled.status_code == 200, cancelled.text
    connection.execute("UPDATE alert SET device_id = 1, trap_id = 1 WHERE rule_code = 'R14'")
    stop = get(f"/inspection-plans/{number}")["stops"][0]
    standing = {item["key"]: item["standing"] for item in stop["items"]}
    assert standing == {
        "ticket:1": "gone",
        "pump_out:1": "due",
        "check:1": "due",
        "device:1": "came_up",
    }
    entries = [
        {"key": "check:1", "left_open": "井盖打不开"},
        {"key": "pump_out:1", "left_open": "清运车未到"},
    ]
    settle = f"{plan}/stops/{stop['inspection_stop_id']}/settle"
    done = town.post(settle, json={"items": entries})
    assert done.status_code == 200, done.text
    items = {item["key"]: item for item in done.json()["stops"][0]["items"]}
    assert {key: item["outcome"] for key, item in items.items()} == {
        "ticket:1": "gone",
        "pump_out:1": "left_open",
        "check:1": "left_open",
        "device:1": "left_open",
    }
    assert items["check:1"]["note"] == "井盖打不开"
    assert items["device:1"]["note"]
    report = get(
        "/inspection-plans/report", **{"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"}
    )
    assert report["saved_visits"]["numerator"] == -1


def test_a_cancelled_plan_frees_its_restaurants(town: TestClient, get: Get) -> None:
    made = create(town, stop_count_max=3)
    plan = f"{PLANS}/{made['plan']['inspection_plan_id']}"
    answer = town.post(f"{plan}/cancel", json={"reason": "暴雨"}).json()
    assert (answer["plan"]["state"], answer["plan"]["cancel_reason"]) == ("cancelled", "暴雨")
    assert {stop["state"] for stop in answer["stops"]} == {"skipped"}
    problem(town.post(f"{plan}/cancel", json={"reason": "暴雨"}), 409)
    assert create(town, stop_count_max=3)["plan"]["stop_count"] == 3
    problem(town.get(f"{PLANS}/99"), 404)


def test_what_is_due_follows_paper_and_permits(town: TestClient, connection: Connection) -> None:
    connection.execute("""
        INSERT INTO inspection (trap_id, inspector, inspected_at, fog_mm, solids_mm, water_mm,
                                depth_mm, filed_at)
        SELECT trap_id, '-', '2025-12-30Z', 1, 1, 1, 600, '2025-12-30Z' FROM trap;
        UPDATE restaurant SET permit_valid_to = '2026-01-02' WHERE restaurant_id = 2;
        INSERT INTO closure (restaurant_id, closed_from, closed_to, reason, created_at)
        VALUES (1, '2025-12-21Z', '2026-01-04Z', '装修', '2025-12-21Z');
    """)
    by_restaurant = {
        stop["restaurant_id"]: [(item["key"], item["reason"]) for item in stop["items"]]
        for stop in create(town, stop_count_max=9)["stops"]
    }
    # Closed days stopped the clock of the pump-out; the permit ran out after the last inspection.
    assert by_restaurant == {
        1: [("ticket:1", "overflow")],
        2: [("check:2", "permit_ran_out")],
        3: [("device:3", "silent")],
    }
