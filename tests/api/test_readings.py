from fastapi.testclient import TestClient

from tests.api.conftest import Get, problem


def test_readings_of_a_trap_newest_first(get: Get) -> None:
    items = get("/traps/1/readings")["items"]
    assert len(items) == 14
    assert items[0] == {
        "device": "dev-1",
        "metric": "level_mm",
        "value": 611.0,
        "measured_at": "2026-01-05T00:55:00Z",
        "received_at": "2026-01-05T00:55:02Z",
        "quality": "good",
    }
    assert [item["measured_at"] for item in items] == sorted(
        (item["measured_at"] for item in items), reverse=True
    )


def test_what_was_no_number_is_null_with_its_quality(get: Get) -> None:
    (item,) = get("/traps/1/readings", metric="distance_mm")["items"]
    assert (item["value"], item["quality"]) == (None, "sensor_fault")


def test_window_is_half_open(get: Get) -> None:
    page = get(
        "/readings",
        device="dev-1",
        metric="level_mm",
        **{"from": "2026-01-05T08:10:00+08:00", "to": "2026-01-05T00:20:00Z"},
    )
    assert [item["value"] for item in page["items"]] == [603.0, 602.0]


def test_hourly(get: Get) -> None:
    (item,) = get("/traps/1/readings", resolution="hourly")["items"]
    assert item["hour"] == "2026-01-05T00:00:00Z"
    assert (item["value_mean"], item["value_min"], item["value_max"]) == (605.5, 600.0, 611.0)
    assert (item["reading_count"], item["first_value"], item["last_value"]) == (12, 600.0, 611.0)


def test_a_uid_is_found_in_any_spelling_of_its_eui(client: TestClient, get: Get) -> None:
    created = client.post("/api/v1/devices", json={"uid": "A8-40-41-FF-FF-00-00-01"})
    assert created.json()["uid"] == "a84041ffff000001"
    assert get("/readings", device="A84041FFFF000001")["items"] == []


def test_pages_hold_each_reading_once(client: TestClient) -> None:
    url: str | None = "/api/v1/traps/1/readings?limit=3"
    seen = []
    while url:
        answer = client.get(url)
        seen += [(row["measured_at"], row["metric"]) for row in answer.json()["items"]]
        link = answer.links.get("next")
        url = link["url"] if link else None
    assert len(seen) == len(set(seen)) == 14


def test_unknown_things(client: TestClient) -> None:
    problem(client.get("/api/v1/traps/99/readings"), 404)
    problem(client.get("/api/v1/readings", params={"device": "nobody"}), 404)
    problem(client.get("/api/v1/traps/1/readings", params={"metric": "colour"}), 422)
    problem(client.get("/api/v1/traps/1/readings", params={"from": "2026-01-05T00:00:00"}), 422)
    problem(client.get("/api/v1/readings"), 422)
