"""Other web sites in an operator's browser change nothing."""

import pytest
from fastapi.testclient import TestClient

COMPLAINT = {
    "received_at": "2026-01-05T09:00:00+08:00",
    "channel": "12345",
    "category": "odour",
}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "testserver.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_foreign_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/v1/complaints", json=COMPLAINT, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/complaints").json()["items"] == []


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}], ids=str
)
def test_our_own_pages_and_programs_are_served(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/v1/complaints", json=COMPLAINT, headers=headers)
    assert answer.status_code == 201


def test_reading_by_a_foreign_name_is_refused_too(client: TestClient) -> None:
    assert client.get("/api/v1/coverage", headers={"Host": "evil.example"}).status_code == 403


def test_made_up_methods_do_not_grow_the_metrics(client: TestClient) -> None:
    for number in range(5):
        client.request(f"MADE{number}", "/api/v1/coverage")
    metrics = client.get("/metrics").text
    assert "MADE" not in metrics
    assert 'method="other"' in metrics
