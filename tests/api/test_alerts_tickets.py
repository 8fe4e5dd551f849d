from fastapi.testclient import TestClient

from tests.api.conftest import Get, problem


def test_alerts_newest_first_with_what_a_page_needs(get: Get) -> None:
    open_one, settled = get("/alerts")["items"]
    assert (open_one["rule_code"], open_one["status"], open_one["ticket_id"]) == (
        "R02",
        "firing",
        1,
    )
    assert (settled["rule_code"], settled["status"]) == ("R01", "resolved")
    assert open_one["restaurant_name"] == "全好"
    assert open_one["town_name"] == "魏塘"
    assert open_one["metric"] == "level_mm"
    assert open_one["threshold"] == {"raise_at": 850}


def test_alert_filters(get: Get) -> None:
    def found(**filters: object) -> list[str]:
        return [item["rule_code"] for item in get("/alerts", **filters)["items"]]

    assert found(status="firing") == ["R02"]
    assert found(rule="R01") == ["R01"]
    assert found(town="xt") == []
    assert found(trap=1, town="wt") == ["R02", "R01"]
    severity = get("/alerts", rule="R02")["items"][0]["severity"]
    assert "R02" in found(severity=severity)


def test_one_alert_with_its_events(client: TestClient, get: Get) -> None:
    found = get("/alerts/1")
    assert found["alert"]["alert_id"] == 1
    assert [event["type"] for event in found["events"]] == ["fired"]
    problem(client.get("/api/v1/alerts/99"), 404)


def test_open_alerts_are_counted_by_severity(get: Get) -> None:
    count = get("/alerts/open-count")
    assert count["total"] == 1
    assert [row["severity"] for row in count["by_severity"]] == ["red", "orange", "yellow", "blue"]
    assert sum(row["alert_count"] for row in count["by_severity"]) == 1


def test_tickets(get: Get) -> None:
    (ticket,) = get("/tickets", active=True, state="new", town="wt", trap=1)["items"]
    assert (ticket["problem"], ticket["restaurant_name"]) == ("overflow", "全好")
    assert get("/tickets", active=False)["items"] == []
    found = get("/tickets/1")
    assert found["alert_ids"] == [2]
    assert [event["action"] for event in found["events"]] == ["create"]
    accept = found["available_actions"][0]
    assert accept == {
        "action": "accept", "roles": ["clerk"], "required": [], "optional": ["note"],
    }  # fmt: skip


def test_a_transition_needs_the_version_that_was_read(client: TestClient) -> None:
    url = "/api/v1/tickets/1/transitions"
    assert client.get("/api/v1/tickets/1").headers["etag"] == '"1"'
    problem(client.post(url, json={"action": "accept"}), 428)
    stale = client.post(url, json={"action": "accept"}, headers={"If-Match": '"7"'})
    problem(stale, 412)
    problem(client.post(url, json={"action": "accept"}, headers={"If-Match": "1"}), 400)
    done = client.post(url, json={"action": "accept"}, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    # a red alert's ticket is filed as soon as it is accepted: two versions on
    assert done.headers["etag"] == '"3"'
    assert done.json()["ticket"]["state"] == "filed"
    again = client.post(url, json={"action": "accept"}, headers={"If-Match": '"3"'})
    problem(again, 409)
    unknown = client.post(url, json={"action": "explode"}, headers={"If-Match": '"3"'})
    problem(unknown, 422)
    missing = client.post(
        "/api/v1/tickets/9/transitions", json={"action": "accept"}, headers={"If-Match": '"1"'}
    )
    problem(missing, 404)
