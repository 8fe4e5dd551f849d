from typing import Any

from fastapi.testclient import TestClient

from core.db import Connection
from core.registry.store import select_devices
from tests.api.conftest import Get, problem

RESTAURANT = {
    "register_no": "R9",
    "name": "新店",
    "restaurant_type": "small",
    "town_id": 1,
    "address": "人民路 1 号",
    "opening_windows": [{"days": "mo-su", "from": "10:00", "to": "21:00"}],
}
TRAP = {
    "code": "T9",
    "restaurant_id": 1,
    "capacity_l": 450,
    "outlet_invert_mm": 600,
    "cover_mm": 900,
    "area_m2": 0.75,
}


def audits(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT action, subject_id, actor FROM audit_event ORDER BY audit_event_id"
    ).fetchall()


def test_lists_and_filters(get: Get) -> None:
    assert [town["code"] for town in get("/towns")["items"]] == ["wt", "xt", "ty"]
    assert len(get("/restaurants")["items"]) == 8
    assert [row["register_no"] for row in get("/restaurants", type="canteen")["items"]] == ["R5"]
    assert [row["register_no"] for row in get("/restaurants", register_no="R7")["items"]] == ["R7"]
    assert len(get("/restaurants", town="xt", status="open", needs_trap=True)["items"]) == 3
    assert [row["code"] for row in get("/traps", restaurant=2)["items"]] == ["T2"]
    assert [row["code"] for row in get("/traps", code="T7")["items"]] == ["T7"]
    assert [row["uid"] for row in get("/devices", status="unclaimed")["items"]] == ["dev-6"]
    assert len(get("/devices", gateway="gw-1")["items"]) == 7
    (device,) = get("/devices", uid="dev-1")["items"]
    assert (device["trap_code"], device["received_at"]) == ("T1", "2026-01-05T00:59:00Z")
    (gateway,) = get("/gateways", online=True, town="wt")["items"]
    assert (gateway["uid"], gateway["device_count"]) == ("gw-1", 6)
    assert get("/gateways/1")["uid"] == "gw-1"


def test_a_restaurant_is_entered_and_changed(client: TestClient, connection: Connection) -> None:
    created = client.post("/api/v1/restaurants", json=RESTAURANT)
    assert created.status_code == 201, created.text
    assert created.json()["opening_windows"] == RESTAURANT["opening_windows"]
    location = created.headers["location"]
    changed = client.patch(location, json={"status": "suspended"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json() | {"status": "open", "version": 1} == created.json()
    problem(client.patch(location, json={"name": "x"}, headers={"If-Match": '"1"'}), 412)
    assert audits(connection) == [
        ("restaurant.created", "9", "local"),
        ("restaurant.changed", "9", "local"),
    ]


def test_a_restaurant_that_cannot_be(client: TestClient) -> None:
    problem(client.post("/api/v1/restaurants", json=RESTAURANT | {"register_no": "R1"}), 409)
    problem(client.post("/api/v1/restaurants", json=RESTAURANT | {"town_id": 77}), 422)
    body = problem(client.patch("/api/v1/restaurants/1", json={"name": None}), 422)
    assert body["errors"][0]["pointer"] == "#/name"
    body = problem(client.post("/api/v1/restaurants", json=RESTAURANT | {"lon_deg": 181}), 422)
    assert body["errors"][0]["pointer"] == "#/lon_deg"
    problem(client.patch("/api/v1/restaurants/99", json={"name": "x"}), 404)
    problem(client.get("/api/v1/restaurants/99999999999"), 422)


def test_a_trap_is_entered_and_changed(client: TestClient) -> None:
    created = client.post("/api/v1/traps", json=TRAP)
    assert created.status_code == 201, created.text
    changed = client.patch(created.headers["location"], json={"cover_mm": 950})
    assert changed.json()["cover_mm"] == 950
    problem(client.patch(created.headers["location"], json={"cover_mm": 500}), 422)
    problem(client.patch(created.headers["location"], json={"on_road": None}), 422)
    problem(client.post("/api/v1/traps", json=TRAP), 409)
    problem(client.post("/api/v1/traps", json=TRAP | {"code": "T10", "restaurant_id": 99}), 422)
    problem(client.get("/api/v1/traps/99"), 404)


def test_claiming_a_device(client: TestClient, connection: Connection) -> None:
    claim = {
        "trap_id": 5,
        "status": "active",
        "mount_height_mm": 1_000,
        "report_interval_s": 600,
        "commissioned_at": "2026-01-05T09:00:00+08:00",
    }
    answer = client.patch("/api/v1/devices/6", json=claim)
    assert answer.status_code == 200, answer.text
    device = answer.json()
    assert {key: device[key] for key in claim} == claim | {
        "commissioned_at": "2026-01-05T01:00:00Z"
    }
    assert (device["trap_code"], device["version"]) == ("T5", 2)
    assert audits(connection) == [("device.changed", "6", "local")]


def test_a_device_that_cannot_be(client: TestClient) -> None:
    problem(client.patch("/api/v1/devices/6", json={"status": "active"}), 422)
    problem(client.patch("/api/v1/devices/1", json={"trap_id": None}), 422)
    problem(client.patch("/api/v1/devices/6", json={"trap_id": 99}), 422)
    problem(client.patch("/api/v1/devices/5", json={"status": "active"}), 409)
    problem(client.patch("/api/v1/devices/1", json={"status": "unclaimed"}), 409)
    problem(client.patch("/api/v1/devices/1", json={"colour": "red"}), 422)
    problem(client.post("/api/v1/devices", json={"uid": "dev-1"}), 409)
    problem(client.get("/api/v1/devices/99"), 404)
    problem(client.get("/api/v1/gateways/99"), 404)


def test_a_refused_change_leaves_nothing(client: TestClient, connection: Connection) -> None:
    problem(client.patch("/api/v1/devices/6", json={"trap_id": 99, "status": "active"}), 422)
    assert audits(connection) == []


def test_paging_while_rows_come_neither_skips_nor_repeats(
    client: TestClient, connection: Connection
) -> None:
    seen: list[int] = []
    url: str | None = "/api/v1/restaurants?limit=3"
    while url:
        answer = client.get(url)
        seen += [row["restaurant_id"] for row in answer.json()["items"]]
        assert ("next" in answer.links) == (answer.json()["next"] is not None)
        url = answer.links["next"]["url"] if "next" in answer.links else None
        if len(seen) == 3:
            # One row goes that was shown, two come behind the cursor.
            connection.execute("DELETE FROM restaurant WHERE register_no = 'R8'")
            connection.execute(
                "INSERT INTO restaurant"
                " (register_no, name, restaurant_type, town_id, address, created_at, updated_at)"
                " SELECT 'N' || n, 'n', 'small', 1, '', now(), now() FROM generate_series(1, 2) n"
            )
    assert seen == [1, 2, 3, 4, 5, 6, 7, 9, 10]


def test_rules_know_which_covers_lie_on_a_road(client: TestClient, connection: Connection) -> None:
    assert client.get("/api/v1/traps/1").json()["on_road"] is False
    assert client.patch("/api/v1/traps/1", json={"on_road": True}).json()["on_road"] is True
    created = client.post("/api/v1/traps", json=TRAP | {"on_road": True})
    assert created.json()["on_road"] is True
    traps = [entry.trap for entry in select_devices(connection, [1, 2])]
    assert {trap.code: trap.on_road for trap in traps if trap} == {"T1": True, "T2": False}
