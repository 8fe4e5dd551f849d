"""Files of complaints over HTTP."""

from pathlib import Path

from fastapi.testclient import TestClient

from tests.api.conftest import Get, problem

SAMPLES = Path(__file__).parents[1] / "golden" / "complaints"


def send(client: TestClient, name: str, **parameters: str) -> dict[str, object]:
    content = (SAMPLES / name).read_bytes()
    answer = client.post(
        "/api/v1/complaints/imports",
        params=parameters | {"file_name": name},
        content=content,
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


def test_a_file_is_reported_on_and_taken_in(client: TestClient, get: Get) -> None:
    dry = send(client, "12345.csv", dry_run="true")
    assert (dry["import_id"], get("/complaints")["items"]) == (None, [])
    real = send(client, "12345.csv")
    assert real["counts"] == {"read": 5, "new": 3, "known": 0, "updated": 0, "skipped": 1, "bad": 1}
    assert [p["line"] for p in real["problems"]] == [7, 7]  # type: ignore[attr-defined]  # JSON
    assert dry["problems"] == real["problems"]
    number = real["import_id"]
    stored = get(f"/complaints/imports/{number}")
    assert (stored["problems"], stored["counts"]) == (real["problems"], real["counts"])
    assert [entry["import_id"] for entry in get("/complaints/imports")["items"]] == [number]
    assert {row["import_id"] for row in get("/complaints")["items"]} == {number}
    again = send(client, "12345.csv")
    assert again["counts"] == {
        "read": 5,
        "new": 0,
        "known": 3,
        "updated": 0,
        "skipped": 1,
        "bad": 1,
    }


def test_strict_and_town(client: TestClient, get: Get) -> None:
    assert send(client, "12345.csv", strict="true")["refused"] is True
    send(client, "nyc311.csv", town="xt")
    assert {row["town_code"] for row in get("/complaints")["items"]} == {"xt"}


NO_FILES: list[tuple[bytes, dict[str, str]]] = [
    (b"", {}),
    (b"a,b\n1,2\n", {}),
    (b"\x1f\x8bnot gzip", {}),
    (b"\xff\xff\xff", {}),
    (b"received_at,category\n", {"town": "nowhere"}),
    (b"received_at,category\n", {"encoding": "klingon"}),
    (b"received_at,received_at,category\n", {}),
    (b"received_at,category\n", {"profile": "ours"}),
    (b"received_at,category\n", {"coordinates": "mars"}),
    (b"x" * 200_000 + b"\n", {}),
]


def test_a_file_that_is_none(client: TestClient, get: Get) -> None:
    for content, parameters in NO_FILES:
        problem(client.post("/api/v1/complaints/imports", params=parameters, content=content), 422)
    assert get("/complaints/imports")["items"] == []


def test_an_import_that_is_not_there(client: TestClient) -> None:
    problem(client.get("/api/v1/complaints/imports/1"), 404)
