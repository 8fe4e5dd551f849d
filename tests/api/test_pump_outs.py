from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from alerts.pump_outs import actions
from alerts.pump_outs.model import DrawDown
from core.clock import ManualClock
from core.db import Connection
from core.instant import HOUR_US, to_us
from tests.api.conftest import NOW_US, Get, problem

MANIFEST = {
    "trap_id": 1,
    "pumped_at": "2026-01-04T22:00:00Z",
    "volume_l": 400,
    "hauler": "清运一队",
    "disposer": "处置厂",
    "manifest_no": "A-1",
}


def test_a_manifest_is_filed_and_confirmed(client: TestClient, get: Get) -> None:
    created = client.post("/api/v1/pump-outs", json=MANIFEST)
    assert created.status_code == 201, created.text
    body = created.json()
    assert body.items() >= MANIFEST.items()
    assert (body["source"], body["filed_at"]) == ("manifest", "2026-01-05T01:00:00Z")
    assert (body["complete"], body["verified_at"], body["confirmations"]) == (True, None, [])
    place = created.headers["location"]
    generator = {"party": "generator", "by": "老灶 李"}
    assert client.post(f"{place}/confirmations", json=generator).status_code == 201
    problem(client.post(f"{place}/confirmations", json=generator), 409)
    confirmed = client.post(f"{place}/confirmations", json={"party": "hauler", "by": "张"}).json()
    assert confirmed["verified_at"] == "2026-01-05T01:00:00Z"
    assert [one["party"] for one in confirmed["confirmations"]] == ["generator", "hauler"]
    assert confirmed["confirmations"][0]["confirmed_by"] == "老灶 李"
    assert get("/pump-outs/1") == confirmed


def test_a_pump_out_belongs_to_its_traps_job(client: TestClient) -> None:
    job = {
        "kind": "pump_out",
        "planned_from": "2026-01-04T20:00:00Z",
        "planned_to": "2026-01-04T23:00:00Z",
    }
    job_id = client.post("/api/v1/jobs", json=job | {"trap_id": 1}).json()["job_id"]
    filed = client.post("/api/v1/pump-outs", json=MANIFEST | {"job_id": job_id})
    assert filed.json()["job_id"] == job_id
    other = MANIFEST | {"trap_id": 2, "job_id": job_id, "manifest_no": "A-2"}
    problem(client.post("/api/v1/pump-outs", json=other), 422)


def test_a_detected_draw_down_meets_its_manifest(
    client: TestClient, connection: Connection, clock: ManualClock, get: Get
) -> None:
    with connection.transaction():
        falls = [DrawDown(trap_id, NOW_US - 2 * HOUR_US, 600.0, 40.0) for trap_id in (1, 2)]
        actions.record_draw_downs(connection, falls, clock.now())
    assert len(get("/pump-outs", matched=False)["items"]) == 2
    filed = client.post("/api/v1/pump-outs", json=MANIFEST).json()
    assert filed["counterpart_id"] == 1
    assert filed["matched_at"] == "2026-01-05T01:00:00Z"
    detected = get("/pump-outs/1")
    assert (detected["counterpart_id"], detected["complete"]) == (filed["pump_out_id"], None)
    (left,) = get("/pump-outs", matched=False)["items"]
    assert (left["trap_code"], left["source"], left["level_min_mm"]) == ("T2", "detected", 40)


def test_lists_and_filters(client: TestClient, clock: ManualClock, get: Get) -> None:
    for number in range(3):
        at = clock.now() - timedelta(hours=number)
        order = MANIFEST | {"pumped_at": at.isoformat(), "manifest_no": f"A-{number}"}
        order["trap_id"] = 1 if number < 2 else 4
        assert client.post("/api/v1/pump-outs", json=order).status_code == 201

    def numbers(**filters: Any) -> list[int]:
        return [row["pump_out_id"] for row in get("/pump-outs", **filters)["items"]]

    assert numbers() == [3, 2, 1]
    assert numbers(trap=1) == [2, 1]
    assert numbers(town="xt") == [3]
    assert numbers(source="detected") == []
    assert to_us(clock.now()) == NOW_US
    assert numbers(**{"from": "2026-01-05T00:00:00Z", "to": "2026-01-05T01:00:00Z"}) == [2]
    page = get("/pump-outs", limit=2)
    assert [r["pump_out_id"] for r in get("/pump-outs", after=page["next"])["items"]] == [1]


@pytest.mark.parametrize(
    "change",
    [
        {"trap_id": 99},
        {"job_id": 99},
        {"volume_l": 0},
        {"manifest_no": " "},
        {"pumped_at": "2026-01-05T01:06:00Z"},
        {"filed_at": "2026-01-05T01:00:00Z"},
    ],
)
def test_a_manifest_that_cannot_be(client: TestClient, change: dict[str, Any]) -> None:
    problem(client.post("/api/v1/pump-outs", json=MANIFEST | change), 422)


def test_a_manifest_is_taken_once(client: TestClient) -> None:
    assert client.post("/api/v1/pump-outs", json=MANIFEST).status_code == 201
    problem(client.post("/api/v1/pump-outs", json=MANIFEST | {"trap_id": 2}), 409)
    assert client.post("/api/v1/pump-outs", json=MANIFEST | {"hauler": "二队"}).status_code == 201
    problem(client.get("/api/v1/pump-outs/9"), 404)
    problem(
        client.post("/api/v1/pump-outs/9/confirmations", json={"party": "hauler", "by": "x"}), 404
    )
