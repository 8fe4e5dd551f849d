"""Every error is a problem, whoever raises it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.access.token_format import RANDOM_BYTES, make_token
from api.app import create_app
from core.clock import ManualClock
from core.db import Connection, open_pool
from core.settings import ApiSettings, DatabaseSettings, Settings
from tests.api.conftest import BODY_BYTES_MAX, NOW_US, problem

COMPLAINT = b'{"channel": "12345", "category": "odour"}'


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/static/nothing.js", 404),
        ("DELETE", "/api/v1/coverage", 405),
        ("GET", "/api/v1/alerts?colour=red", 400),
        ("GET", "/api/v1/alerts?limit=1&limit=2", 400),
        ("GET", "/api/v1/alerts?after=rubbish", 400),
        ("GET", "/api/v1/readings?device=dev-1&after=WzFd", 400),
        ("GET", "/api/v1/readings?device=dev-1&after=WzkwMDAwMDAwMDAwMDAwMDAwMDAsIDAsIDBd", 400),
        ("GET", "/api/v1/alerts?limit=0", 422),
        ("GET", "/api/v1/alerts?limit=1001", 422),
        ("GET", "/api/v1/alerts?town=%00", 422),
        ("GET", "/api/v1/alerts/abc", 422),
        ("GET", "/api/v1/alerts/99999999999999999999", 422),
        ("GET", "/api/v1/complaints?from=2026-01-05", 422),
    ],
)
def test_what_cannot_be_asked(client: TestClient, method: str, path: str, status: int) -> None:
    body = problem(client.request(method, path), status)
    assert body["instance"] == path.split("?", maxsplit=1)[0]


def test_405_says_what_is_allowed(client: TestClient) -> None:
    assert client.delete("/api/v1/coverage").headers["allow"] == "GET"


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": NaN', b"\xff\xfe", b"[" * 9_000])
def test_what_is_no_json(client: TestClient, content: bytes) -> None:
    answer = client.post(
        "/api/v1/complaints", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    problem(answer, answer.status_code)


@pytest.mark.parametrize(
    ("order", "pointer"),
    [
        (b'{"channel": "1", "category": "odour", "lon_deg": NaN}', "#/lon_deg"),
        (b'{"channel": "1", "category": "odour", "description": "\\ud800"}', "#/description"),
        (b'{"channel": "1", "category": "odour", "a/b~c": 1}', "#/a~1b~0c"),
        (b'{"category": "odour"}', "#/channel"),
        (b"[]", "#"),
    ],
)
def test_a_value_is_pointed_at(client: TestClient, order: bytes, pointer: str) -> None:
    headers = {"content-type": "application/json"}
    body = problem(client.post("/api/v1/complaints", content=order, headers=headers), 422)
    assert [item["pointer"] for item in body["errors"]] == [pointer]


def test_a_parameter_is_named(client: TestClient) -> None:
    (item,) = problem(client.get("/api/v1/alerts?status=open"), 422)["errors"]
    assert (item["parameter"], item["location"]) == ("status", "query")


def test_bodies_are_capped_whether_their_size_is_told_or_not(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    big = json.dumps({"description": "x" * BODY_BYTES_MAX}).encode()
    problem(client.post("/api/v1/complaints", content=big, headers=headers), 413)

    def chunks() -> Iterator[bytes]:
        yield from (big[:9_000], big[9_000:18_000], big[18_000:])

    problem(client.post("/api/v1/complaints", content=chunks(), headers=headers), 413)
    assert client.post("/api/v1/complaints", content=COMPLAINT, headers=headers).status_code == 201


def test_a_defect_says_nothing_of_itself(app: FastAPI, client: TestClient) -> None:
    def explode() -> None:
        raise RuntimeError("secret detail")

    app.get("/api/v1/explode", name="get_health")(explode)
    assert "secret" not in str(problem(client.get("/api/v1/explode"), 500))


def test_a_schema_that_differs_is_503(client: TestClient, connection: Connection) -> None:
    connection.execute("ALTER TABLE alert RENAME TO alert_of_yesterday")
    assert "alert_of" not in str(problem(client.get("/api/v1/alerts"), 503))
    assert client.get("/api/v1/towns").status_code == 200


@pytest.fixture
def lonely_client() -> Iterator[TestClient]:
    """The application without a database."""
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(url)), api=ApiSettings(hosts=("testserver",))
    )
    pool = open_pool(url, "test-lonely", size_max=1)
    pool.timeout = 0.2
    app = create_app(settings, pool, ManualClock(NOW_US))
    headers = {"Authorization": f"Bearer {make_token(bytes(RANDOM_BYTES))}"}
    with TestClient(app, raise_server_exceptions=False, headers=headers) as opened:
        yield opened
    pool.close()


def test_without_a_database_it_says_when_to_come_back(lonely_client: TestClient) -> None:
    answer = lonely_client.get("/api/v1/coverage")
    problem(answer, 503)
    assert answer.headers["retry-after"] == "5"
    problem(lonely_client.get("/api/v1/events"), 503)
    assert lonely_client.get("/healthz").json() == {"alive": True}
    readiness = lonely_client.get("/readyz")
    assert (readiness.status_code, readiness.json()["ready"]) == (503, False)
    assert lonely_client.get("/login").status_code == 200


def test_every_type_of_problem_resolves(client: TestClient) -> None:
    page = client.get("/problems").text
    body: dict[str, Any] = problem(client.get("/api/v1/alerts/99"), 404)
    assert f'id="{body["type"].split("#")[1]}"' in page
