from fastapi.testclient import TestClient

from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Get, problem
from tests.webhooks import queue_message

JOB = {
    "trap_id": 1,
    "kind": "pump_out",
    "planned_from": "2026-01-05T02:00:00Z",
    "planned_to": "2026-01-05T04:00:00Z",
}
PLACE = "/api/v1/rules/R01/overrides"


def test_a_job_is_planned_opened_closed(client: TestClient, get: Get) -> None:
    created = client.post("/api/v1/jobs", json=JOB)
    assert (created.status_code, created.json()["state"]) == (201, "planned")
    location = created.headers["location"]
    opened = client.post(f"{location}/open").json()
    assert (opened["state"], opened["opened_at"]) == ("open", "2026-01-05T01:00:00Z")
    problem(client.post(f"{location}/open"), 409)
    assert client.post(f"{location}/close").json()["state"] == "closed"
    problem(client.post(f"{location}/close"), 409)
    assert [job["job_id"] for job in get("/jobs", trap=1, state="closed")["items"]] == [1]
    assert get("/jobs", kind="inspection")["items"] == []


def test_a_job_that_cannot_be(client: TestClient) -> None:
    problem(client.post("/api/v1/jobs", json=JOB | {"trap_id": 99}), 422)
    problem(client.post("/api/v1/jobs", json=JOB | {"planned_to": JOB["planned_from"]}), 422)
    problem(client.post("/api/v1/jobs/9/open"), 404)
    problem(client.get("/api/v1/jobs/9"), 404)


def test_a_crew_checks_in_and_out(client: TestClient, clock: ManualClock) -> None:
    place = client.post("/api/v1/jobs", json=JOB).headers["location"]
    problem(client.post(f"{place}/check-out", json={"by": "王"}), 409)
    came = {"by": "王", "at": "2026-01-05T00:40:00Z"}
    job = client.post(f"{place}/check-in", json=came).json()
    assert (job["state"], job["opened_at"]) == ("open", "2026-01-05T00:40:00Z")
    assert (job["checked_in_at"], job["checked_in_by"]) == ("2026-01-05T00:40:00Z", "王")
    problem(client.post(f"{place}/check-in", json=came), 409)
    clock.advance_s(600)
    job = client.post(f"{place}/check-out", json={"by": "李"}).json()
    assert (job["state"], job["checked_in_by"], job["checked_out_by"]) == ("open", "王", "李")
    assert job["checked_out_at"] == "2026-01-05T01:10:00Z"
    problem(client.post(f"{place}/close", json={"at": "2026-01-05T01:00:00Z"}), 422)
    job = client.post(f"{place}/close", json={"at": "2026-01-05T01:10:00Z"}).json()
    assert (job["state"], job["closed_at"]) == ("closed", "2026-01-05T01:10:00Z")


def test_acts_on_a_job_that_cannot_be(client: TestClient) -> None:
    place = client.post("/api/v1/jobs", json=JOB).headers["location"]
    problem(client.post(f"{place}/open", json={"at": "2026-01-05T01:06:00Z"}), 422)
    problem(client.post(f"{place}/open", json={"by": "王"}), 422)
    problem(client.post(f"{place}/check-in"), 422)
    problem(client.post(f"{place}/check-in", json={"at": "2026-01-05T01:00:00Z"}), 422)
    problem(client.post("/api/v1/jobs/9/check-in", json={"by": "王"}), 404)


def test_rules_in_force(client: TestClient, get: Get) -> None:
    codes = [rule["code"] for rule in get("/rules")["items"]]
    assert {"R01", "R02", "R14", "R16", "R17"} <= set(codes)
    assert get("/rules/R01")["version"] == 1
    problem(client.get("/api/v1/rules/R99"), 404)


def test_overrides_are_set_listed_and_deleted(client: TestClient, get: Get) -> None:
    order = {"parameters": {"hold_s": 900}, "reason": "shared sewer"}
    for place in ("trap/T1", "town/wt", "county/-"):
        assert client.put(f"{PLACE}/{place}", json=order).status_code == 200
    changed = client.put(f"{PLACE}/town/wt", json=order | {"parameters": {"hold_s": 60}})
    assert changed.json()["parameters"] == {"hold_s": 60}
    places = [(row["scope"], row["scope_ref"]) for row in get("/rules/R01/overrides")["items"]]
    assert places == [("county", ""), ("town", "wt"), ("trap", "T1")]
    assert client.delete(f"{PLACE}/county/-").status_code == 204
    problem(client.delete(f"{PLACE}/county/-"), 404)


def test_overrides_that_cannot_be(client: TestClient) -> None:
    order = {"parameters": {"hold_s": 900}}
    problem(client.put(f"{PLACE}/town/nowhere", json=order), 422)
    problem(client.put(f"{PLACE}/town/wt", json={"parameters": {"colour": 1}}), 422)
    problem(client.put(f"{PLACE}/town/wt", json={"parameters": {"hold_s": -1}}), 422)
    problem(client.put(f"{PLACE}/town/wt", json={"parameters": {}}), 422)
    problem(client.put(f"{PLACE}/planet/wt", json=order), 422)
    problem(client.put("/api/v1/rules/R99/overrides/county/-", json=order), 404)


def test_a_webhook_endpoint_shows_its_secret_once(client: TestClient, get: Get) -> None:
    created = client.post("/api/v1/webhooks", json={"url": "http://127.0.0.1:9/hook"})
    assert created.status_code == 201, created.text
    secret = created.json()["secret"]
    assert secret.startswith("whsec_")
    shown = str(get("/webhooks")) + str(get("/webhooks/1"))
    assert secret.removeprefix("whsec_") not in shown
    assert "/hook" not in shown


def test_a_webhook_endpoint_lives(client: TestClient, get: Get) -> None:
    client.post("/api/v1/webhooks", json={"url": "http://127.0.0.1:9/hook"})
    new = {"url": "http://127.0.0.1:9/other", "severity_min": "red", "event_types": ["alert.fired"]}
    problem(client.put("/api/v1/webhooks/1", json=new, headers={"If-Match": '"5"'}), 412)
    changed = client.put("/api/v1/webhooks/1", json=new, headers={"If-Match": '"1"'})
    assert (changed.json()["severity_min"], changed.headers["etag"]) == ("red", '"2"')
    assert client.post("/api/v1/webhooks/1/pause").json()["state"] == "paused"
    assert client.post("/api/v1/webhooks/1/resume").json()["state"] == "active"
    assert client.post("/api/v1/webhooks/1/test").status_code == 202
    (delivery,) = get("/webhooks/1/deliveries")["items"]
    assert (delivery["event_type"], delivery["state"]) == ("webhook.test", "queued")
    assert client.delete("/api/v1/webhooks/1").json()["state"] == "disabled"
    problem(client.post("/api/v1/webhooks/1/pause"), 409)
    problem(client.post("/api/v1/webhooks/1/test"), 409)


def test_deliveries_show_their_attempts_and_can_be_replayed(
    client: TestClient, connection: Connection, get: Get
) -> None:
    client.post("/api/v1/webhooks", json={"url": "http://127.0.0.1:9/hook"})
    first, second = queue_message(connection, 1) + queue_message(connection, 1)
    connection.execute(
        "UPDATE webhook_delivery SET state = 'dead', next_attempt_at = NULL, settled_at = now()"
        " WHERE webhook_delivery_id = %s",
        (first,),
    )
    connection.execute(
        "INSERT INTO webhook_attempt"
        " (webhook_delivery_id, attempt, started_at, duration_ms, http_status, outcome, detail)"
        " VALUES (%s, 2, now(), 12, NULL, 'dead', 'refused'),"
        "        (%s, 1, now(), 12, 500, 'retry', 'HTTP 500')",
        (first, first),
    )
    deliveries = get("/webhooks/1/deliveries")["items"]
    assert [row["delivery_id"] for row in deliveries] == [second, first]
    assert [attempt["attempt"] for attempt in deliveries[1]["attempts"]] == [1, 2]
    assert client.post(f"/api/v1/webhook-deliveries/{first}/replay").status_code == 204
    problem(client.post(f"/api/v1/webhook-deliveries/{first}/replay"), 409)
    problem(client.post("/api/v1/webhook-deliveries/99/replay"), 404)
    assert get("/webhooks/1/deliveries", state="dead")["items"] == []


def test_endpoints_that_cannot_be(client: TestClient) -> None:
    problem(client.post("/api/v1/webhooks", json={"url": "ftp://example.org/"}), 422)
    url = "http://127.0.0.1:9/hook"
    problem(client.post("/api/v1/webhooks", json={"url": url, "event_types": ["no.such"]}), 422)
    problem(client.post("/api/v1/webhooks", json={"url": url, "town_id": 99}), 422)
    problem(client.post("/api/v1/webhooks", json={"url": url, "secret": "weak"}), 422)
    problem(client.get("/api/v1/webhooks/9"), 404)
    problem(client.get("/api/v1/webhooks/9/deliveries"), 404)
