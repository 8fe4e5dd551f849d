from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.db import Connection
from tests.api.conftest import Get, problem

COMPLAINT = {"channel": "12345", "category": "sewage_overflow", "restaurant_id": 4}


def seed(connection: Connection, count: int, first_at: str, **columns: Any) -> None:
    """Complaints one minute apart."""
    connection.execute(
        "INSERT INTO complaint (received_at, channel, category, town_id, duplicate_of, created_at)"
        " SELECT %(at)s::timestamptz + n * INTERVAL '1 minute', '12345', %(category)s, %(town)s,"
        "        %(duplicate_of)s, now() FROM generate_series(0, %(count)s - 1) AS n",
        {"count": count, "at": first_at, "category": "odour", "town": 1, "duplicate_of": None}
        | columns,
    )


def test_a_complaint_belongs_to_its_restaurants_town(client: TestClient, get: Get) -> None:
    created = client.post("/api/v1/complaints", json=COMPLAINT)
    assert created.status_code == 201, created.text
    body = created.json()
    assert (body["town_code"], body["restaurant_name"]) == ("xt", "未开通")
    assert body["received_at"] == "2026-01-05T01:00:00Z"
    assert get("/complaints/1") == body
    assert get("/complaints", town="xt", category="sewage_overflow")["items"] == [body]
    assert get("/complaints", restaurant=1)["items"] == []


def test_a_complaint_of_another_system_is_taken_once(client: TestClient) -> None:
    order = COMPLAINT | {"source": "12345", "external_ref": "A-1"}
    assert client.post("/api/v1/complaints", json=order).status_code == 201
    problem(client.post("/api/v1/complaints", json=order), 409)


@pytest.mark.parametrize(
    "change",
    [
        {"restaurant_id": 99},
        {"town_id": 99},
        {"duplicate_of": 99},
        {"category": "noise"},
        {"received_at": "2026-01-06T00:00:00Z"},
        {"received_at": "2026-01-05T00:00:00"},
        {"description": "a\u0000b"},
    ],
)
def test_a_complaint_that_cannot_be(client: TestClient, change: dict[str, Any]) -> None:
    problem(client.post("/api/v1/complaints", json=COMPLAINT | change), 422)


def test_complaints_received_at_one_moment_page_by_number(
    client: TestClient, connection: Connection
) -> None:
    for _ in range(5):
        seed(connection, 1, "2026-01-01T00:00:00Z")
    first = client.get("/api/v1/complaints?limit=3")
    second = client.get(first.links["next"]["url"])
    numbers = [row["complaint_id"] for row in first.json()["items"] + second.json()["items"]]
    assert numbers == [5, 4, 3, 2, 1]


def test_the_trend_of_two_months(connection: Connection, get: Get) -> None:
    seed(connection, 60, "2024-12-10T00:00:00Z")
    seed(connection, 40, "2025-11-10T00:00:00Z")
    seed(connection, 30, "2025-12-10T00:00:00Z")
    seed(connection, 6, "2025-12-11T00:00:00Z", duplicate_of=1)
    seed(connection, 9, "2025-12-12T00:00:00Z", category="fume")
    trend = get("/complaints/trend", **{"from": "2025-12", "to": "2025-12"})
    assert (trend["exclude_fume"], trend["restaurant_count"]) == (True, 7)
    (month,) = trend["months"]
    assert (month["month"], month["partial"]) == ("2025-12", False)
    assert (month["all"]["count"], month["deduplicated"]["count"]) == (36, 30)
    assert (month["fume_count"], month["fume_deduplicated"]) == (9, 9)
    assert month["all"]["year_on_year"] == {
        "base_month": "2024-12",
        "base_count": 60,
        "difference": -24,
        "percent": -40.0,
        "no_percent": None,
    }
    assert month["all"]["month_on_month"]["percent"] == -10.0
    assert month["deduplicated"]["year_on_year"]["percent"] == -50.0
    assert month["all"]["per_100_restaurants"] == pytest.approx(514.2857)


def test_small_bases_give_counts_without_percentages(connection: Connection, get: Get) -> None:
    seed(connection, 19, "2025-11-10T00:00:00Z")
    seed(connection, 30, "2025-12-10T00:00:00Z")
    (month,) = get("/complaints/trend", **{"from": "2025-12", "to": "2025-12"})["months"]
    change = month["all"]["month_on_month"]
    assert (change["base_count"], change["percent"]) == (19, None)
    assert change["no_percent"] == "base_below_20"
    assert month["all"]["year_on_year"]["no_percent"] == "no_base"


def test_months_begin_in_shanghai_and_end_now(connection: Connection, get: Get) -> None:
    seed(connection, 1, "2025-12-31T15:59:00Z")
    seed(connection, 2, "2025-12-31T16:00:00Z")
    seed(connection, 25, "2025-12-04T00:00:00Z")
    seed(connection, 25, "2025-12-05T02:00:00Z")  # 10:00: after now's 09:00 of the 5th
    seed(connection, 4, "2026-01-05T01:01:00Z")  # not yet
    december, january = get("/complaints/trend", **{"from": "2025-12"})["months"]
    assert (december["all"]["count"], january["all"]["count"]) == (51, 2)
    assert january["partial"]
    change = january["all"]["month_on_month"]
    assert (change["base_count"], change["percent"]) == (25, -92.0)


def test_limits_and_spring_festivals_of_the_trend(
    client: TestClient, connection: Connection, get: Get
) -> None:
    for month in range(1, 13):
        seed(connection, 10 + month % 2, f"2024-{month:02}-09T00:00:00Z")
    seed(connection, 40, "2025-02-20T00:00:00Z")
    seed(connection, 9, "2025-03-05T00:00:00Z")  # the day after the ten weeks
    asked = {"from": "2025-01", "to": "2025-12", "baseline": "2024-01..2024-12"}
    trend = get("/complaints/trend", **asked)
    assert trend["limits"]["mean"] == 10.5
    assert trend["no_limits"] is None
    signals = {month["month"]: month["signals"] for month in trend["months"]}
    assert signals["2025-02"] == ["outside"]
    (spring,) = trend["spring_festivals"]
    both, lunar = spring["january_february"], spring["lunar"]
    assert (both["count"], both["all"]["base_count"], both["all"]["difference"]) == (40, 21, 19)
    assert (lunar["first_day"], lunar["end_day"]) == ("2024-12-25", "2025-03-05")
    assert (lunar["base_first_day"], lunar["base_end_day"]) == ("2024-01-06", "2024-03-16")
    assert (lunar["count"], lunar["all"]["base_count"]) == (40, 32)
    assert lunar["all"]["percent"] == 25.0
    assert get("/complaints/trend", **asked | {"category": "cover"})["no_limits"] == (
        "below_5_a_month"
    )
    assert get("/complaints/trend")["no_limits"] == "no_baseline"
    for bad in ("2024-01..2024-11", "2025-02..2026-01", "2024-12..2024-01", "2024"):
        problem(client.get("/api/v1/complaints/trend", params=asked | {"baseline": bad}), 422)


def test_filters_of_the_trend(client: TestClient, connection: Connection, get: Get) -> None:
    seed(connection, 3, "2025-12-10T00:00:00Z")
    seed(connection, 2, "2025-12-10T00:00:00Z", category="fume", town=2)

    def counts(**filters: object) -> int:
        months = get("/complaints/trend", **{"from": "2025-12", "to": "2025-12"}, **filters)
        return int(months["months"][0]["all"]["count"])

    assert counts() == 3
    assert counts(exclude_fume=False) == 5
    assert counts(category="fume") == 2
    assert counts(town="xt", exclude_fume=False) == 2
    assert len(get("/complaints/trend")["months"]) == 24
    for bad in (
        {"to": "2026-02"},
        {"from": "2025-13"},
        {"from": "2025-12", "to": "2025-11"},
        {"from": "1990-01"},
        {"from": "0001-01", "to": "0001-02"},
        {"category": "fume", "exclude_fume": "true"},
    ):
        problem(client.get("/api/v1/complaints/trend", params=bad), 422)
